/** What the process says of itself, beyond what holds in both worlds. */

import { expect, test } from 'vitest';
import { limits } from '../../../src/limits.ts';
import { MS } from '../../../src/time.ts';
import { NodeRuntime, sampleUsOf } from '../../../transport/runtime.ts';
import { until } from './support.ts';

interface CpuProfile {
  readonly nodes: readonly { callFrame: { functionName: string } }[];
}

/** Called by code that is not JavaScript, and so never made part of its caller. */
function compare(a: number, b: number): number {
  return (a % 1_009) - (b % 1_009);
}

function compute(): number {
  return Array.from({ length: 50_000 }, (_, at) => at * at).sort(compare).length;
}

test('a long profile has no more samples than a shorter one may have', () => {
  expect(sampleUsOf(10 * MS)).toBe(1_000);
  expect(sampleUsOf(1_000 * limits.profileSamplesMax)).toBe(1_000);
  expect(sampleUsOf(1_000 * limits.profileSamplesMax + 1)).toBe(1_001);
  const longest = limits.profileMsMax * MS;
  expect(longest / sampleUsOf(longest)).toBeLessThanOrEqual(limits.profileSamplesMax);
});

test('a profile names the functions that took the time', async () => {
  const runtime = new NodeRuntime(() => 0);
  let profile: Uint8Array | undefined;
  runtime.profile(100 * MS, (bytes) => {
    profile = bytes;
  });
  await until(() => {
    return compute() > 0 && profile !== undefined;
  });
  const { nodes } = JSON.parse(new TextDecoder().decode(profile)) as CpuProfile;
  expect(nodes.some(({ callFrame }) => callFrame.functionName === 'compare')).toBe(true);
});

test('a profile of a host that closes is never handed over', async () => {
  const runtime = new NodeRuntime(() => 0);
  let told = 0;
  runtime.profile(MS, () => told++);
  runtime.close();
  runtime.profile(20 * MS, () => told++);
  await until(() => told > 0);
  expect(told).toBe(1);
  runtime.close();
});

test('what keeps the process awake is counted by kind', () => {
  const timers = Array.from({ length: 3 }, () => setTimeout(() => {}, 1e6));
  const lines = new NodeRuntime(() => 7).activities();
  expect(lines).toContain('waiting tasks x 7');
  const counted = lines.find((line) => line.startsWith('Timeout x '));
  expect(Number(counted?.split(' ').at(-1))).toBeGreaterThanOrEqual(3);
  for (const timer of timers) clearTimeout(timer);
});
