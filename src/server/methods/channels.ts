/** Methods about channels. */

import { ChanElement } from '../../element/chan.ts';
import { done } from '../../element/element.ts';
import type { Handlers, Surroundings } from './handlers.ts';

export function channelMethods({
  host,
  parts,
  space,
}: Surroundings): Pick<Handlers, 'makeChan' | 'send' | 'receive' | 'close'> {
  const chan = (path: string) => space.get(path, 'chan', ChanElement);
  return {
    makeChan(call, { path, capacity }) {
      space.assertFree(path);
      space.attach(path, new ChanElement(host.clock, parts.channel(capacity)));
      done(call);
      return {};
    },
    send: (call, { path, head }) => chan(path).send(call, head),
    receive: (call, { path }) => chan(path).receive(call),
    close(call, { path }) {
      chan(path).close(call);
      return {};
    },
  };
}
