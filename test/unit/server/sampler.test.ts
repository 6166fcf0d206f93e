import { beforeEach, expect, test } from 'vitest';
import type { CircuitError } from '../../../src/errors.ts';
import type { Runtime } from '../../../src/host/index.ts';
import { Sampler } from '../../../src/server/sampler.ts';

type Done = Parameters<Runtime['profile']>[1];

const result = new Uint8Array([1]);
let running: { readonly done: Done; isCancelled: boolean }[];
let told: string[];
let sampler: Sampler;

beforeEach(() => {
  running = [];
  told = [];
  const runtime = {
    profile(_us: number, done: Done) {
      const one = { done, isCancelled: false };
      running.push(one);
      return {
        cancel() {
          one.isCancelled = true;
        },
      };
    },
  };
  sampler = new Sampler(runtime as unknown as Runtime);
});

const profile = (name: string) =>
  sampler.profile(1, (bytes) => told.push(`${name} ${bytes?.length}`));
const glance = (name: string) =>
  sampler.glance(1, (bytes) => told.push(`${name} ${bytes?.length}`));

test('a second profile at the same time is refused, and one after the other is not', () => {
  profile('a');
  let code = '';
  try {
    profile('b');
  } catch (error) {
    ({ code } = error as CircuitError);
  }
  expect(code).toBe('LIMIT');
  running[0]?.done(result, undefined);
  profile('c');
  running[1]?.done(result, undefined);
  expect(told).toEqual(['a 1', 'c 1']);
});

test('a profile that is cancelled makes room at once, and cancelling twice ends no other', () => {
  const first = profile('a');
  first.cancel();
  expect(running[0]?.isCancelled).toBe(true);
  profile('b');
  first.cancel();
  expect(running[1]?.isCancelled).toBe(false);
  expect(() => profile('c')).toThrow('one at a time');
});

test('a glance gives way to a profile, and is told so', () => {
  glance('look');
  profile('a');
  expect(running.map(({ isCancelled }) => isCancelled)).toEqual([true, false]);
  running[1]?.done(result, undefined);
  expect(told).toEqual(['look undefined', 'a 1']);
});

test('there is no glance while something is taken, and one when it is done', () => {
  profile('a');
  expect(glance('look')).toBe(undefined);
  running[0]?.done(result, undefined);
  expect(glance('look')).not.toBe(undefined);
  expect(glance('another')).toBe(undefined);
  running[1]?.done(result, undefined);
  expect(told).toEqual(['a 1', 'look 1']);
});
