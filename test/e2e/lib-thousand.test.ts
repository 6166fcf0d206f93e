/** A thousand processes at once on one server, each of them served. */

import { expect, test } from 'vitest';
import type { Anchor } from '../../src/index.ts';
import { type ServerProgram, Stage, until } from '../support/programs.ts';

const count = 1_000;
/** Of that many at a time something is asked. */
const lanes = 50;

async function forAll<T>(work: (n: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const lane = async () => {
    for (let n = next++; n < count; n = next++) results[n] = await work(n);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}

/** Says a line to a `cat` and reads it back. */
async function echo(anchor: Anchor, line: string): Promise<string> {
  const proc = anchor.proc();
  const input = proc.stdin();
  await input.write(new TextEncoder().encode(line));
  await input.end();
  let heard = '';
  for await (const chunk of proc.stdout()) heard += new TextDecoder().decode(chunk);
  return heard;
}

test('1,000 processes live at once on one server, and each answers', async () => {
  await using stage = new Stage();
  const [near, far] = (await stage.circuit(2)) as [ServerProgram, ServerProgram];
  const client = await stage.client(near);
  const root = client.walk(`/${far.id}/many`);
  const idle = far.descriptors();
  await forAll((n) => root.walk(String(n)).makeProc({ Path: '/bin/cat' }));

  const states = await forAll((n) => root.walk(String(n)).proc().peek());
  expect(states.filter(({ Phase }) => Phase === 'running').length).toBe(count);
  expect((await root.view()).length).toBe(count);

  const heard = await forAll((n) => echo(root.walk(String(n)), `line ${n}`));
  expect(heard).toEqual(Array.from({ length: count }, (_, n) => `line ${n}`));
  const ends = await forAll((n) => root.walk(String(n)).proc().wait());
  expect(ends.filter(({ Phase }) => Phase === 'exited').length).toBe(count);

  await forAll((n) => root.walk(String(n)).scrub());
  expect(await client.walk(`/${far.id}`).view()).toEqual([]);
  await until('no descriptor is left over', () => far.descriptors() <= idle + 2);
});
