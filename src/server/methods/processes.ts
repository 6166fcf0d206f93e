/** Methods about processes. */

import type { Anchor } from '../../anchor/tree.ts';
import { parseCommand } from '../../element/command.ts';
import type { Element } from '../../element/element.ts';
import { ProcElement } from '../../element/proc.ts';
import type { Handlers, Surroundings } from './handlers.ts';

export function processMethods({
  host,
  space,
}: Surroundings): Pick<Handlers, 'makeProc' | 'stdin' | 'stdout' | 'stderr' | 'signal' | 'wait'> {
  const proc = (path: string) => space.get(path, 'proc', ProcElement);
  return {
    makeProc(call, { path, command }) {
      space.assertFree(path);
      const checked = parseCommand(command);
      const element = new ProcElement(host.spawner, checked, call, () => {
        if (checked.Scrub) space.release(anchor, element);
      });
      const anchor: Anchor<Element> = space.attach(path, element);
      return { failed: () => element.starterGone(), cancelled: () => {} };
    },
    stdin: (call, { path }) => proc(path).stdin(call),
    stdout: (call, { path }) => proc(path).output(call, 'stdout'),
    stderr: (call, { path }) => proc(path).output(call, 'stderr'),
    signal(call, { path, name }) {
      proc(path).signal(call, name);
      return {};
    },
    wait: (call, { path }) => proc(path).wait(call),
  };
}
