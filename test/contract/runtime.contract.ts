import { describe, expect, test } from 'vitest';
import type { Host } from '../../src/host/index.ts';
import { MS, SECOND } from '../../src/time.ts';
import type { WorldUnderTest } from './worlds.ts';

/** What a .cpuprofile holds, as V8 has it. */
interface CpuProfile {
  readonly nodes: readonly { id: number; callFrame: object; children?: readonly number[] }[];
  readonly startTime: number;
  readonly endTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Starts a profile, and says whether and with what it was done. */
function profiled(host: Host, us: number) {
  const outcomes: { profile: Uint8Array | undefined; error: string | undefined }[] = [];
  const profiling = host.runtime.profile(us, (profile, error) => outcomes.push({ profile, error }));
  return { outcomes, profiling };
}

function parsed(outcomes: readonly { profile: Uint8Array | undefined }[]): CpuProfile {
  return JSON.parse(new TextDecoder().decode(outcomes[0]?.profile)) as CpuProfile;
}

export function describeRuntime(world: WorldUnderTest): void {
  describe('runtime', () => {
    test('usage is told in whole numbers, and processor time grows and never goes back', async () => {
      const { runtime, clock } = await world.open();
      const first = runtime.usage();
      let last = first.cpuUs;
      await world.until(() => {
        for (let i = 0; i < 10; i++) clock.schedule(clock.now(), () => {});
        const { cpuUs, residentBytes, heapBytes } = runtime.usage();
        for (const number of [cpuUs, residentBytes, heapBytes]) {
          expect(Number.isSafeInteger(number) && number >= 0).toBe(true);
        }
        expect(cpuUs).toBeGreaterThanOrEqual(last);
        last = cpuUs;
        return cpuUs > first.cpuUs;
      });
    });

    test('what keeps it awake is told in lines, and changes with what it waits for', async () => {
      const { runtime, clock } = await world.open();
      const waits = () => runtime.activities().filter((line) => line.startsWith('waiting tasks'));
      const before = waits();
      expect(before).toHaveLength(1);
      const timer = clock.schedule(clock.now() + SECOND, () => {});
      expect(waits()).not.toEqual(before);
      timer.cancel();
      expect(waits()).toEqual(before);
      for (const line of runtime.activities()) expect(line).toMatch(/^[^\n]+$/);
    });

    test('a profile holds samples of known nodes over the time asked for', async () => {
      const host = await world.open();
      const { outcomes } = profiled(host, 20 * MS);
      expect(outcomes).toEqual([]);
      await world.until(() => outcomes.length > 0);
      expect(outcomes).toHaveLength(1);
      expect(outcomes[0]?.error).toBe(undefined);
      const { nodes, startTime, endTime, samples, timeDeltas } = parsed(outcomes);
      const ids = new Set(nodes.map(({ id }) => id));
      expect(samples.length).toBeGreaterThan(0);
      expect(samples.every((sample) => ids.has(sample))).toBe(true);
      for (const { children = [] } of nodes) {
        expect(children.every((child) => ids.has(child))).toBe(true);
      }
      expect(timeDeltas).toHaveLength(samples.length);
      expect(endTime - startTime).toBeGreaterThanOrEqual(19 * MS);
    });

    test('a profile that is cancelled hands over nothing, and the next begins at once', async () => {
      const host = await world.open();
      const cancelled = profiled(host, 5 * MS);
      cancelled.profiling.cancel();
      const begun = profiled(host, 50 * MS);
      let later = false;
      host.clock.schedule(host.clock.now() + 20 * MS, () => {
        begun.profiling.cancel();
        later = true;
      });
      await world.until(() => later);
      const next = profiled(host, 10 * MS);
      await world.until(() => next.outcomes.length > 0);
      expect(parsed(next.outcomes).samples.length).toBeGreaterThan(0);
      expect([...cancelled.outcomes, ...begun.outcomes]).toEqual([]);
      cancelled.profiling.cancel();
      next.profiling.cancel();
    });
  });
}
