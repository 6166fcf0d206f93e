/** Planted bugs are there for one run, and gone after it. */

import { expect, test } from 'vitest';
import { SECOND, scenario } from '../../../sim/index.ts';
import { broken, patched } from '../../support/mutants.ts';

class Counter {
  count = 1;

  plus(more: number): number {
    return this.count + more;
  }
}

const twice = patched(Counter, 'plus', (plus, self, more) => plus(more) + self.count);

test('a method is another one until it is taken back', () => {
  const counter = new Counter();
  const restore = twice();
  expect(counter.plus(2)).toBe(4);
  restore();
  expect(counter.plus(2)).toBe(3);
});

test('a bug is gone after its run, even one that failed', async () => {
  const story = scenario({
    claim: 'it fails, knowing of the bug',
    checks: [],
    async run(cluster) {
      await cluster.sleep(SECOND);
      throw new Error(`2 more are ${new Counter().plus(2)}`);
    },
  });
  await expect(broken(story, { patches: [twice] })).rejects.toThrow('2 more are 4');
  expect(new Counter().plus(2)).toBe(3);
});

test('what is no method cannot be planted', () => {
  const wrong = patched(Counter, 'minus' as 'plus', (plus, _self, more) => plus(more));
  expect(wrong).toThrow('there is no method "minus"');
});
