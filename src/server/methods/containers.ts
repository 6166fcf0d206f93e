/** Methods about containers. */

import type { Anchor } from '../../anchor/tree.ts';
import { DockerElement } from '../../element/docker.ts';
import { parseDockerCommand, warningOf } from '../../element/docker-command.ts';
import type { Element } from '../../element/element.ts';
import { parseJson } from '../../element/fields.ts';
import { CircuitError } from '../../errors.ts';
import { shareOf } from '../command-share.ts';
import type { Handlers, Surroundings } from './handlers.ts';

export function containerMethods({
  host,
  space,
  limits,
  held,
}: Surroundings): Pick<Handlers, 'makeDocker'> {
  return {
    makeDocker(call, { path, command }) {
      const { containers, log } = host;
      if (containers === undefined) throw notEnabled();
      const checked = parseDockerCommand(parseJson(command, 'what to run'));
      space.assertFree(path);
      space.assertRoom('docker', 'containersMax');
      const share = shareOf(checked, limits, held);
      const warning = warningOf(checked);
      if (warning !== undefined) log.write('warn', 'ineffective', { path, warning });
      const element = new DockerElement(containers, checked, call, {
        exited: () => {
          if (checked.Scrub) space.release(anchor, element);
        },
        leaked: (reason) => log.write('warn', 'leaked', { path, reason }),
      });
      const anchor: Anchor<Element> = space.attach(path, element, share);
      return { failed: () => element.starterGone(), cancelled: () => {} };
    },
  };
}

function notEnabled(): CircuitError {
  return new CircuitError(
    'NOT_SUPPORTED',
    'docker is not enabled on this server; start it with -docker',
  );
}
