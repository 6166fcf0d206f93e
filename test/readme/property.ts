import { accuracy, agreement, type Incident, runScenario, SECOND, scenario } from 'circuit/sim';
import { schedules } from 'circuit/sim/arbitrary';
import fc from 'fast-check';

const claim = scenario({
  claim: 'five servers agree, whatever becomes of them',
  // No completeness(): a schedule in which nobody goes leaves it nothing to check.
  checks: [accuracy(), agreement()],
  async run(cluster) {
    await cluster.startMany(5);
    await cluster.sleep(30 * SECOND);
    for (const { host } of cluster.nodes) cluster.restart(host.name);
    await cluster.sleep(20 * SECOND);
  },
});

/** A run is one synchronous call, within a macrotask, that settles all promises as it goes on. */
function holds(schedule: readonly Incident[]): Promise<boolean> {
  const { _tickCallback: drain } = process as unknown as { _tickCallback(): void };
  return new Promise((resolve) => {
    setImmediate(() => resolve(runScenario(claim, { seed: '1', schedule, drain }).ok));
  });
}

const hosts = ['n1', 'n2', 'n3', 'n4', 'n5'];
const drawn = schedules({ hosts, fromUs: SECOND, toUs: 30 * SECOND });
await fc.assert(fc.asyncProperty(drawn, holds), { seed: 7, numRuns: 20 });
console.log('it holds');
