import fc from 'fast-check';
import { assert, test } from 'vitest';
import { ChurnMap } from '../../src/churn-map.ts';

const steps = fc.array(
  fc.oneof(
    { weight: 10, arbitrary: fc.record({ type: fc.constant('set'), key: fc.nat(40) }) },
    { weight: 10, arbitrary: fc.record({ type: fc.constant('delete'), key: fc.nat(40) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('clear'), key: fc.constant(0) }) },
  ),
  { maxLength: 200 },
);

test('it holds what a Map holds, in the same order, however often it begins a new one', () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 0, max: 1100 }), (taken, churn) => {
      const ours = new ChurnMap<number, number>();
      const plain = new Map<number, number>();
      ours.set(-1, -1);
      plain.set(-1, -1);
      for (let i = 0; i < churn; i++) {
        ours.set(1000, i);
        assert.isTrue(ours.delete(1000));
      }
      taken.forEach(({ type, key }, value) => {
        if (type === 'set') {
          ours.set(key, value);
          plain.set(key, value);
        } else if (type === 'delete') {
          assert.equal(ours.delete(key), plain.delete(key));
        } else {
          ours.clear();
          plain.clear();
        }
        assert.equal(ours.size, plain.size);
        assert.equal(ours.has(key), plain.has(key));
        assert.equal(ours.get(key), plain.get(key));
      });
      assert.deepEqual(ours.keys(), [...plain.keys()]);
      assert.deepEqual(ours.values(), [...plain.values()]);
    }),
  );
});

test('what it gave out does not change when entries are removed', () => {
  const map = new ChurnMap<string, number>();
  map.set('a', 1);
  map.set('b', 2);
  const values = map.values();
  map.clear();
  assert.deepEqual(values, [1, 2]);
});
