/** The servers of this project, whole, as one overlay among others. */

import { parseCircuitUrl } from '../../src/id.ts';
import { lan } from '../../src/membership/profile.ts';
import { startServer } from '../../src/server/server.ts';
import type { OverlayProtocol } from './protocol.ts';

/** What is kept for each of many servers is to be small. */
const JOURNAL_ENTRIES = 256;

/** The servers of this project, with the LAN profile. */
export const circuit: OverlayProtocol = {
  name: 'circuit',
  knowsAll: true,
  saysGoodbye: true,
  start(host, gone) {
    const server = startServer(host, {
      profile: lan,
      limits: { journalEntriesMax: JOURNAL_ENTRIES },
      observe: (event) => {
        if (event.type === 'left') gone(event.member.id);
        else if (event.type === 'stopped') host.crash();
      },
    });
    const membership = server.membership();
    return {
      id: server.id,
      // What comes of it shows: who has not joined is told to join again.
      join: (seed) => server.join(parseCircuitUrl(seed), () => {}),
      leave: () => server.leave(),
      neighbours: () => membership.neighbours().filter((id) => membership.hasEdge(id)),
      known: () => server.members().flatMap(({ id }) => (id === server.id ? [] : id)),
    };
  },
};
