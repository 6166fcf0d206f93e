/** What each kind of incident does to a cluster. */

import { unreachable } from '../src/assert.ts';
import type { Cluster } from './cluster.ts';
import type { ClockChange, Incident } from './incident.ts';

export function playIncident(cluster: Cluster, incident: Incident): void {
  switch (incident.type) {
    case 'start':
      cluster.restart(incident.host);
      break;
    case 'crash':
      cluster.crash(incident.host);
      break;
    case 'dark':
      cluster.dark(incident.host);
      break;
    case 'leave':
      cluster.leave(incident.host);
      break;
    case 'pause':
      cluster.pause(incident.host, incident.forUs);
      break;
    case 'rule':
      cluster.impose(incident.rule, incident.forUs);
      break;
    case 'split':
      cluster.split(incident.groups, incident.forUs);
      break;
    case 'faulty':
      cluster.faulty(incident);
      break;
    case 'clock':
      changeClock(cluster, incident.host, incident.change);
      break;
    default:
      unreachable(incident);
  }
}

function changeClock(cluster: Cluster, host: string, change: ClockChange): void {
  const clock = cluster.on(host)?.host.clock;
  if (clock === undefined) return;
  const { wallMs = 0, aheadUs = 0, rate } = change;
  clock.wallOffsetMs += wallMs;
  clock.skew({ jumpUs: aheadUs, ...(rate === undefined ? {} : { rate }) });
}
