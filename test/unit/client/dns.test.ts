import { expect, test } from 'vitest';
import { Dns } from '../../../src/client/dns.ts';
import type { Place } from '../../../src/client/place.ts';
import { limits } from '../../../src/limits.ts';

test('a record as long as it may be is asked for, and a longer one is not', async () => {
  const asked: string[] = [];
  const place = {
    to: (request: { record: string }) => ({ request }),
    ask: async (_method: string, { record }: { record: string }) => void asked.push(record),
  };
  const dns = new Dns(place as unknown as Place);
  const longest = 'é'.repeat(limits.recordBytesMax / 2);
  await dns.set(longest);
  await expect(dns.set(`${longest}x`)).rejects.toMatchObject({ code: 'LIMIT' });
  await expect(dns.unset(`${longest}x`)).rejects.toMatchObject({ code: 'LIMIT' });
  expect(asked).toEqual([longest]);
});
