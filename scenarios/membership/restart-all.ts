/**
 * All servers restart: first all at one instant, as after a power failure, and join through one of
 * them; then one after another within seconds, as by a careless upgrade.
 */

import {
  accuracy,
  agreement,
  completeness,
  draw,
  expander,
  order,
  SECOND,
  scenario,
} from 'circuit/sim';
import { hostsOf, settledCircuit, untilAgreed } from './shared/circuit.ts';

const MINUTE = 60 * SECOND;

export default scenario({
  claim:
    'after all servers have restarted within seconds, each knows all of the new and none of the old',
  parameters: { servers: 1_000, seconds: 10 },
  lengthUs: (p) => (p.seconds + 80) * SECOND,
  checks: [completeness(), accuracy(), order(), agreement(), expander()],
  goals: [
    { measure: 'all know all after a power failure', statistic: 'max', atMost: 10 },
    { measure: 'all know all after an upgrade', statistic: 'max', atMost: 10 },
  ],

  async run(cluster, p) {
    const hosts = hostsOf(await settledCircuit(cluster, p.servers));
    const [seed] = hosts;
    const fromUs = cluster.now;
    await cluster.restartAll({ awayUs: SECOND });
    const sinceUs = fromUs + SECOND;
    await untilAgreed(cluster, 'all know all after a power failure', { forUs: MINUTE, sinceUs });
    await cluster.sleep(20 * SECOND);

    const gapUs = Math.ceil((p.seconds * SECOND) / hosts.length);
    // The seed is the first: those after it find the new one.
    const others = draw(cluster.world.random.fork('order'), hosts.slice(1), hosts.length - 1);
    for (const name of [seed as string, ...others]) {
      cluster.crash(name);
      cluster.start(name === seed ? name : { name, through: seed as string });
      await cluster.sleep(gapUs);
    }
    await untilAgreed(cluster, 'all know all after an upgrade', { forUs: MINUTE });
    await cluster.sleep(10 * SECOND);
  },
});
