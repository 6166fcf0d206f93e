/**
 * scenarios/churn.ts in short: 200 servers, of which one in ten goes each minute, for as many
 * virtual seconds as the first argument says. Prints what it took, as JSON.
 */

import { inMacrotask, runPromises } from '../../../cli/macrotask.ts';
import {
  accuracy,
  agreement,
  ChannelChecker,
  channelTraffic,
  churn,
  completeness,
  order,
  runScenario,
  SECOND,
  scenario,
} from '../../../sim/index.ts';

const lengthUs = Number(process.argv[2] ?? 60) * SECOND;

const short = scenario({
  claim: 'churn',
  checks: [completeness(), accuracy(), order(), agreement()],
  async run(cluster) {
    const nodes = await cluster.startMany(200);
    const toUs = cluster.now + lengthUs;
    cluster.play(
      churn(cluster.world.random.fork('churn'), {
        hosts: nodes.map((node) => node.host.name),
        fromUs: cluster.now + 5 * SECOND,
        toUs,
        ratioPerMinute: 0.1,
        awayUs: { min: 3 * SECOND, max: 30 * SECOND },
        ways: { crash: 2, dark: 1, leave: 1 },
      }),
    );
    await channelTraffic(cluster, cluster.check(new ChannelChecker(cluster)), {
      channels: 8,
      clients: 12,
      untilUs: toUs,
      channelLifeUs: 30 * SECOND,
      crashRatio: 0.02,
    });
    await cluster.sleep(toUs + 35 * SECOND - cluster.now);
  },
});

const start = performance.now();
const { ok, events, virtualSeconds, hash } = await inMacrotask(() =>
  runScenario(short, { seed: '1', drain: runPromises }),
);
const seconds = (performance.now() - start) / 1000;
const { user, system } = process.cpuUsage();
const cpuSeconds = (user + system) / 1e6;
process.stdout.write(
  `${JSON.stringify({ ok, events, virtualSeconds, hash, seconds, cpuSeconds })}\n`,
);
