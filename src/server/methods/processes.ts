/** Methods about processes. */

import type { Anchor } from '../../anchor/tree.ts';
import { parseCommand } from '../../element/command.ts';
import { DockerElement } from '../../element/docker.ts';
import type { Element } from '../../element/element.ts';
import { ProcElement } from '../../element/proc.ts';
import { SelectElement } from '../../element/select.ts';
import { pastLimit } from '../../errors.ts';
import { shareOf } from '../command-share.ts';
import type { Handlers, Surroundings } from './handlers.ts';

type Runnable = ProcElement | DockerElement;

export function processMethods({
  host,
  space,
  limits,
  held,
}: Surroundings): Pick<Handlers, 'makeProc' | 'stdin' | 'stdout' | 'stderr' | 'signal' | 'wait'> {
  const running = (path: string) =>
    space.get<Runnable>(path, 'proc or docker', ProcElement, DockerElement);
  return {
    makeProc(call, { path, command }) {
      space.assertFree(path);
      const checked = parseCommand(command);
      const { processesMax } = limits;
      if (host.spawner.running >= processesMax) {
        const what = 'the server runs too many processes: wait for one, or end it';
        throw pastLimit(what, 'processesMax', processesMax);
      }
      const share = shareOf(checked, limits, held);
      const element = new ProcElement(host.spawner, checked, call, () => {
        if (checked.Scrub) space.release(anchor, element);
      });
      const anchor: Anchor<Element> = space.attach(path, element, share);
      return { failed: () => element.starterGone(), cancelled: () => {} };
    },
    stdin: (call, { path }) => running(path).stdin(call),
    stdout: (call, { path }) => running(path).output(call, 'stdout'),
    stderr: (call, { path }) => running(path).output(call, 'stderr'),
    signal: (call, { path, name }) => running(path).signal(call, name),
    wait: (call, { path }) =>
      space
        .get<Runnable | SelectElement>(
          path,
          'proc, docker or select',
          ...[ProcElement, DockerElement, SelectElement],
        )
        .wait(call),
  };
}
