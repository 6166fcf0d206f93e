/** What a soak of processes would see, if there were anything to see. */

import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { look, marked } from '../../../tools/soak-processes/proc.ts';
import { growth, type Sample } from '../../../tools/soak-processes/soak.ts';
import { until } from '../transport/support.ts';

test('a zombie is seen, and a process by what it was given in its environment', async () => {
  const mark = `CIRCUIT_TEST=${process.pid}`;
  const [name = '', value = ''] = mark.split('=');
  const parent = spawn('/bin/sh', ['-c', 'true & exec sleep 1000'], {
    stdio: 'ignore',
    env: { [name]: value },
  });
  await until(() => look(parent.pid as number).zombies === 1);
  expect(marked(mark)).toEqual([parent.pid]);
  parent.kill('SIGKILL');
  await until(() => marked(mark).length === 0);
});

const flat = { descriptors: 20, threads: 7, residentMib: 80, zombies: 0, rate: 400 };

function soaked(change: (index: number) => Partial<Sample>, left = 0) {
  const samples = Array.from({ length: 20 }, (_, i) => ({ ...flat, done: i * 100, ...change(i) }));
  return { samples, kinds: new Map(), failures: [], left };
}

test('what grows after the warm-up is told, and what does not is not', () => {
  expect(growth(soaked(() => ({})))).toEqual([]);
  expect(growth(soaked((i) => ({ descriptors: i < 2 ? 10 : 20 })))).toEqual([]);
  expect(growth(soaked((i) => ({ descriptors: 20 + i })))).toEqual(['descriptors: 23 became 39']);
  expect(growth(soaked((i) => ({ zombies: i === 10 ? 1 : 0 })))).toEqual(['zombies: 1']);
  expect(growth(soaked((i) => ({ threads: 7 + i })))).toEqual(['threads: 10 became 26']);
  expect(growth(soaked(() => ({}), 2))).toEqual(['processes: 2 are left']);
});
