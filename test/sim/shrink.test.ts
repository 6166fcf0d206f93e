/** A bug that takes several faults to show is found among fifty, and the few tell of it alone. */

import { expect, test } from 'vitest';
import { broken, measureShrink } from '../bench/shrink.ts';

test('of fifty faults that show a planted bug at most seven are left, which show nothing else', async () => {
  const { faultsBefore, faultsAfter, runs, breaks, smallest } = await measureShrink();
  expect(faultsBefore).toBe(50);
  expect(faultsAfter).toBeLessThanOrEqual(7);
  expect(runs).toBeLessThan(600);
  expect(await broken(smallest, { bug: true })).toMatchObject({ signature: breaks });
  expect(await broken(smallest, { bug: false })).toBeUndefined();
});
