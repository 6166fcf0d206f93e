import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Storage } from '../../src/host/index.ts';
import type { WorldUnderTest } from './worlds.ts';

export function describeStorage(world: WorldUnderTest): void {
  /** What an operation ended with; `undefined` as a result of `read` means that there is no file. */
  async function outcome(begin: (done: (...result: unknown[]) => void) => void) {
    const results: unknown[][] = [];
    begin((...result) => results.push(result));
    expect(results).toEqual([]); // Never from within the call.
    await world.until(() => results.length > 0);
    return results[0] as unknown[];
  }

  async function read(storage: Storage, name: string): Promise<Uint8Array | undefined> {
    const [bytes, error] = await outcome((done) => storage.read(name, done));
    expect(error).toBe(undefined);
    return bytes as Uint8Array | undefined;
  }

  async function replace(storage: Storage, name: string, bytes: Uint8Array) {
    expect(await outcome((done) => storage.replace(name, bytes, done))).toEqual([undefined]);
  }

  async function append(storage: Storage, name: string, bytes: Uint8Array) {
    expect(await outcome((done) => storage.append(name, bytes, done))).toEqual([undefined]);
  }

  describe('storage', () => {
    test('there is no file before it is written', async () => {
      const { storage } = await world.open();
      expect(await read(storage, 'members')).toBe(undefined);
    });

    test('what replaced a file is read back, and an empty file is a file', async () => {
      const { storage } = await world.open();
      await replace(storage, 'members', Uint8Array.of(1, 2, 3));
      expect(await read(storage, 'members')).toEqual(Uint8Array.of(1, 2, 3));
      await replace(storage, 'members', Uint8Array.of(4));
      expect(await read(storage, 'members')).toEqual(Uint8Array.of(4));
      await replace(storage, 'members', Uint8Array.of());
      expect(await read(storage, 'members')).toEqual(Uint8Array.of());
    });

    test('append makes the file, and then makes it longer', async () => {
      const { storage } = await world.open();
      await append(storage, 'history', Uint8Array.of(1));
      await append(storage, 'history', Uint8Array.of(2, 3));
      expect(await read(storage, 'history')).toEqual(Uint8Array.of(1, 2, 3));
      await replace(storage, 'history', Uint8Array.of(9));
      await append(storage, 'history', Uint8Array.of(8));
      expect(await read(storage, 'history')).toEqual(Uint8Array.of(9, 8));
    });

    test('what is removed is not there, also when it never was, and may be written again', async () => {
      const { storage } = await world.open();
      await append(storage, 'a', Uint8Array.of(1));
      await append(storage, 'b', Uint8Array.of(2));
      for (const name of ['a', 'a', 'c']) {
        expect(await outcome((done) => storage.remove(name, done))).toEqual([undefined]);
      }
      expect(await read(storage, 'a')).toBe(undefined);
      expect(await read(storage, 'b')).toEqual(Uint8Array.of(2));
      await append(storage, 'a', Uint8Array.of(3));
      expect(await read(storage, 'a')).toEqual(Uint8Array.of(3));
    });

    test('the files are listed by name, with their lengths, also by the next host', async () => {
      const host = await world.open();
      const list = (storage: Storage) => outcome((done) => storage.list(done));
      expect(await list(host.storage)).toEqual([[], undefined]);
      await append(host.storage, 'b', Uint8Array.of(1));
      await append(host.storage, 'b', Uint8Array.of(2));
      await replace(host.storage, 'a', Uint8Array.of());
      await append(host.storage, 'c', Uint8Array.of(3));
      expect(await outcome((done) => host.storage.remove('c', done))).toEqual([undefined]);
      const files = [
        { name: 'a', bytes: 0 },
        { name: 'b', bytes: 2 },
      ];
      expect(await list(host.storage)).toEqual([files, undefined]);
      const next = await world.reopen(host);
      expect(await list(next.storage)).toEqual([files, undefined]);
    });

    test('names do not disturb each other', async () => {
      const { storage } = await world.open();
      await replace(storage, 'a', Uint8Array.of(1));
      await replace(storage, 'a.b', Uint8Array.of(2));
      await append(storage, 'A-_9', Uint8Array.of(3));
      expect(await read(storage, 'a')).toEqual(Uint8Array.of(1));
      expect(await read(storage, 'a.b')).toEqual(Uint8Array.of(2));
      expect(await read(storage, 'A-_9')).toEqual(Uint8Array.of(3));
    });

    test('operations on one name take effect in the order called', async () => {
      const operation = fc.record({
        type: fc.constantFrom('read', 'replace', 'append'),
        name: fc.constantFrom('a', 'b'),
        bytes: fc.uint8Array({ maxLength: 20 }),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(operation, { maxLength: 12 }), async (operations) => {
          const { storage } = await world.open();
          const model = new Map<string, number[]>();
          const expected: unknown[] = [];
          const found: unknown[] = [];
          const order = new Map<string, number[]>();
          operations.forEach(({ type, name, bytes }, i) => {
            const before = model.get(name);
            const told = () => order.set(name, [...(order.get(name) ?? []), i]);
            if (type === 'read') {
              expected[i] = before;
              storage.read(name, (bytes, error) => {
                expect(error).toBe(undefined);
                found[i] = bytes === undefined ? undefined : [...bytes];
                told();
              });
            } else {
              model.set(name, type === 'append' ? [...(before ?? []), ...bytes] : [...bytes]);
              storage[type as 'replace' | 'append'](name, bytes.slice(), (error) => {
                expect(error).toBe(undefined);
                told();
              });
            }
          });
          const count = () => [...order.values()].reduce((sum, one) => sum + one.length, 0);
          await world.until(() => count() === operations.length);
          expect(found).toEqual(expected);
          for (const one of order.values()) expect(one).toEqual(one.toSorted((a, b) => a - b));
        }),
        { numRuns: 15 },
      );
    });

    test('a reader sees the old or the new file and never a mixture', async () => {
      const { storage } = await world.open();
      await replace(storage, 'big', new Uint8Array(100_000).fill(1));
      const seen: (Uint8Array | undefined)[] = [];
      for (const fill of [2, 3]) {
        storage.replace('big', new Uint8Array(fill * 100_000).fill(fill), () => {});
        storage.read('big', (bytes) => seen.push(bytes));
      }
      await world.until(() => seen.length === 2);
      expect(seen.map((bytes) => [bytes?.length, new Set(bytes).size])).toEqual([
        [200_000, 1],
        [300_000, 1],
      ]);
    });

    test('what was read may be written upon, and is a plain array', async () => {
      const { storage } = await world.open();
      await replace(storage, 'a', Uint8Array.of(1));
      const bytes = await read(storage, 'a');
      expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
      bytes?.fill(0);
      expect(await read(storage, 'a')).toEqual(Uint8Array.of(1));
    });

    test('what is done is found by the next host on the same storage', async () => {
      const host = await world.open();
      await replace(host.storage, 'a', Uint8Array.of(1));
      await append(host.storage, 'b', Uint8Array.of(2));
      const next = await world.reopen(host);
      expect(await read(next.storage, 'a')).toEqual(Uint8Array.of(1));
      expect(await read(next.storage, 'b')).toEqual(Uint8Array.of(2));
    });

    test('a host that ends in the middle leaves the old file or the new one', async () => {
      let host = await world.open();
      await replace(host.storage, 'a', new Uint8Array(50_000).fill(1));
      for (const fill of [2, 3, 4]) {
        let told = false;
        host.storage.replace('a', new Uint8Array(50_000).fill(fill), () => {
          told = true;
        });
        host = await world.reopen(host);
        expect(told).toBe(false);
        const bytes = await read(host.storage, 'a');
        expect([bytes?.length, new Set(bytes).size]).toEqual([50_000, 1]);
      }
    });

    test.for(['', '.', '..', '../a', 'a/b', 'a~', 'a b', 'ä', 'a\n'])(
      'the name %j is told to be wrong, and nothing is touched',
      async (name) => {
        const { storage } = await world.open();
        const bytes = Uint8Array.of(1);
        const [found, readError] = await outcome((done) => storage.read(name, done));
        const [replaceError] = await outcome((done) => storage.replace(name, bytes, done));
        const [appendError] = await outcome((done) => storage.append(name, bytes, done));
        expect(found).toBe(undefined);
        const [removeError] = await outcome((done) => storage.remove(name, done));
        for (const error of [readError, replaceError, appendError, removeError]) {
          expect(error).toContain('not a name');
        }
      },
    );
  });
}
