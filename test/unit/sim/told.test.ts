import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Node } from '../../../sim/node.ts';
import { type Last, Told } from '../../../sim/told.ts';
import type { ServerId } from '../../../src/id.ts';
import { idOf } from '../../support/members.ts';

const nodeOf = (index: number) => ({ index, id: idOf(index) }) as Node;

test('what was told is what a map would know, also of servers that come back hundreds of times', () => {
  const told = fc.record({
    observer: fc.nat(2),
    subject: fc.nat(9),
    type: fc.constantFrom<Last['type']>('joined', 'left'),
    incarnation: fc.oneof(fc.nat(3), fc.constantFrom(125, 126, 127, 128, 2 ** 48 - 1)),
    forget: fc.constantFrom(...new Array<boolean>(9).fill(false), true),
  });
  fc.assert(
    fc.property(fc.array(told, { maxLength: 60 }), (heard) => {
      const nodes = new Map<ServerId, Node>();
      const all = new Told(nodes);
      const model = new Map<string, Last>();
      for (const { observer, subject, type, incarnation, forget } of heard) {
        nodes.set(idOf(subject), nodeOf(subject));
        const key = `${observer} ${subject}`;
        const before = all.hear(nodeOf(observer), nodeOf(subject), { type, incarnation });
        expect(before).toEqual(model.get(key));
        model.set(key, { type, incarnation });
        if (forget) {
          all.forget(nodeOf(observer));
          for (const each of model.keys()) if (each.startsWith(`${observer} `)) model.delete(each);
        }
        for (const one of [0, 1, 2]) {
          let count = 0;
          for (let other = 0; other < 12; other++) {
            const last = model.get(`${one} ${other}`);
            expect(all.last(nodeOf(one), nodeOf(other))).toEqual(last);
            expect(all.has(nodeOf(one), nodeOf(other))).toBe(last?.type === 'joined');
            if (last?.type === 'joined') count++;
          }
          expect(all.count(nodeOf(one))).toBe(count);
        }
      }
    }),
  );
});
