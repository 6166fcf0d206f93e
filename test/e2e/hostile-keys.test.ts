/** What hostile peers who have no key do to servers with keys. Small; see hostile.test.ts. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Order } from '../../tools/hostile-report/attacker.ts';
import { circuit, endAll } from '../support/circuit.ts';
import { type Counts, reaches, Siege } from './siege.ts';

const growthMibMax = 32;
let folder: string;
let keyFile: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'circuit-hostile-'));
  keyFile = join(folder, 'key');
  const { out } = await circuit(['keygen']);
  await writeFile(keyFile, out, { mode: 0o600 });
});
afterEach(endAll);
afterAll(() => rm(folder, { recursive: true }));

interface Stranger {
  readonly order: Order;
  readonly enough: Counts;
  /** As what the server counts those that it turns away, and how many at least. */
  readonly refused: Counts;
}

const strangers: Record<string, Stranger> = {
  'datagrams of random bytes': {
    order: { attack: 'randomDatagrams', rate: 10_000, count: 1 },
    enough: { datagrams: 10_000 },
    refused: { forged: 4_000 },
  },
  'random bytes on connections': {
    order: { attack: 'randomFrames', rate: 10_000, count: 64 },
    enough: { cut: 300 },
    refused: { noKey: 200 },
  },
  'handshakes with the name of a key and another key': {
    order: { attack: 'foreignHandshakes', rate: 200, count: 1 },
    enough: { answered: 300 },
    refused: { wrongKey: 250 },
  },
  'handshakes that stop halfway': {
    order: { attack: 'halfHandshakes', rate: 1, count: 200 },
    enough: { stood: 200, cut: 200 },
    refused: { broken: 100 },
  },
};

test.each(Object.entries(strangers))(
  '%s: turned away, counted, and no harm to anybody',
  async (_, { order, enough, refused }) => {
    await using siege = await Siege.lay(order, { keyFile });
    const warm = await siege.attack(reaches(enough));
    const isTwice = reaches(enough, warm.counts);
    const isRefused = reaches(refused);
    const { median } = await siege.attack(
      async (counts) =>
        isTwice(counts) && isRefused((await siege.peeked()).Status.security?.refused ?? {}),
    );
    expect(median - warm.median).toBeLessThan(growthMibMax);
    // One of each kind.
    siege.isSeldomTold('refused', 9);
    await siege.isUnharmed();
  },
);
