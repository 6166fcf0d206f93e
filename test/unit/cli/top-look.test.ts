import { expect, test } from 'vitest';
import { look } from '../../../cli/top/look.ts';
import type { Client, MemberState } from '../../../src/index.ts';

/** A circuit of so many servers; how many were asked at once at most. */
function circuitOf(count: number, answer: (id: string) => Promise<object>) {
  const members = Array.from({ length: count }, (_, at) => ({ id: `X${at}` }) as MemberState);
  const asked = { now: 0, most: 0 };
  const client = {
    members: async () => members,
    walk: (path: string) => ({
      server: () => ({
        async stats() {
          asked.now++;
          asked.most = Math.max(asked.most, asked.now);
          try {
            return await answer(path.slice(1));
          } finally {
            asked.now--;
          }
        },
      }),
    }),
  };
  return { client: client as unknown as Client, asked };
}

const never = new AbortController().signal;

test('of a thousand servers so many are asked at once, and all in the end', async () => {
  const { client, asked } = circuitOf(1_000, async (id) => {
    await new Promise(setImmediate);
    return { Id: id };
  });
  const { members, stats } = await look(client, never);
  expect(members).toHaveLength(1_000);
  expect(stats.size).toBe(1_000);
  expect(stats.get('X999')).toEqual({ Id: 'X999' });
  expect(asked.most).toBe(256);
});

test('who fails to answer is missing, and so is who never does', async () => {
  const { client } = circuitOf(3, (id) => {
    if (id === 'X0') return Promise.reject(new Error('gone'));
    return id === 'X1' ? new Promise(() => {}) : Promise.resolve({});
  });
  expect([...(await look(client, never)).stats.keys()]).toEqual(['X2']);
});

test('a look that is interrupted tells nothing', async () => {
  const { client } = circuitOf(1, async () => ({}));
  await expect(look(client, AbortSignal.abort())).rejects.toMatchObject({ code: 'CANCELLED' });
});
