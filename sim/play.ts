/** Plays schedules, and says what each kind of incident does to a cluster. */

import { unreachable } from '../src/assert.ts';
import type { Cluster } from './cluster.ts';
import { type ClockChange, describeIncident, type Incident } from './incident.ts';
import { checkSchedule } from './incident-check.ts';

/** Has incidents happen to a cluster when it is their time. */
export class Player {
  /** What was to be played so far, in the order in which it was given. */
  readonly played: Incident[] = [];
  readonly #cluster: Cluster;
  #instead = false;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** Returns at once. Throws ScenarioError when it is no schedule. */
  play(schedule: readonly Incident[]): void {
    checkSchedule(schedule);
    if (!this.#instead) this.#schedule(schedule);
  }

  /** Plays this, and from now on nothing of what the story plays. */
  playInstead(schedule: readonly Incident[]): void {
    checkSchedule(schedule);
    this.#instead = true;
    this.#schedule(schedule);
  }

  #schedule(schedule: readonly Incident[]): void {
    const cluster = this.#cluster;
    for (const incident of schedule) {
      this.played.push(incident);
      cluster.world.at(Math.max(incident.at, cluster.now), () => {
        // Of a schedule that was made smaller, the start of a host may be gone.
        if (this.#instead && isLeftOver(cluster, incident)) return;
        cluster.world.trace.note(describeIncident(incident));
        playIncident(cluster, incident);
      });
    }
  }
}

function isLeftOver(cluster: Cluster, incident: Incident): boolean {
  const isOfHost = 'host' in incident && incident.type !== 'start';
  return isOfHost && cluster.latestOn(incident.host) === undefined;
}

function playIncident(cluster: Cluster, incident: Incident): void {
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
    case 'ailment':
      cluster.ail(incident.host, incident.ailment, incident.forUs);
      break;
    case 'junk':
      cluster.faulting.attack(incident);
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
