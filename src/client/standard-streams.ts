/** The standard streams of a process or container, as its handle gives them. */

import { invoke } from './invoke.ts';
import type { Waiting } from './options.ts';
import type { Place } from './place.ts';
import { ByteSink, ByteSource } from './stream.ts';

export function stdinOf(place: Place, waiting: Waiting): ByteSink {
  let sink: ByteSink | undefined;
  const finished = invoke<'stdin', void>(
    place.target,
    'stdin',
    { ...place.to({}), end: false, credit: 0 },
    waiting,
    (call, settle) => {
      sink = new ByteSink(call);
      return { replied: () => settle.resolve(), room: () => sink?.roomAgain() };
    },
  );
  return (sink as ByteSink).until(finished);
}

export function outputOf(place: Place, name: 'stdout' | 'stderr', waiting: Waiting): ByteSource {
  let source: ByteSource | undefined;
  invoke<typeof name, void>(
    place.target,
    name,
    { ...place.to({}), end: false },
    waiting,
    (call, settle) => {
      source = new ByteSource(call, settle.resolve);
      return {
        data: (bytes) => source?.push(bytes),
        ended: () => source?.end(),
        givingUp: () => source?.giveUp(),
      };
    },
  ).catch((error) => source?.fail(error));
  return source as unknown as ByteSource;
}
