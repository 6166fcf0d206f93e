/** All that is fuzzed. */

import type { Target } from '../target.ts';
import { typed } from './arguments.ts';
import { clientTargets } from './clients.ts';
import { dns } from './dns.ts';
import { dockerEngine } from './docker-engine.ts';
import { files } from './files.ts';
import { leftFiles } from './journal-files.ts';
import { messages } from './messages.ts';
import { multicast } from './multicast.ts';
import { requestTargets } from './requests.ts';
import { sealed } from './sealed.ts';
import { stateful } from './sessions.ts';
import { texts } from './texts.ts';
import { tlsDoor } from './tls-door.ts';
import { wholeServers } from './whole-servers.ts';
import { wire } from './wire.ts';

export const targets: readonly Target[] = [
  ...[...wire, ...messages, ...requestTargets, ...texts, ...dns, ...files],
  ...[...leftFiles, typed, dockerEngine],
  ...[...stateful, wholeServers, ...clientTargets, ...sealed, multicast, tlsDoor],
];

export function targetNamed(name: string): Target | undefined {
  return targets.find((target) => target.name === name);
}
