/** How many elements a server holds, and of each kind; and what is kept of them. */

import { describe, expect, test } from 'vitest';
import { Budget, Share } from '../../../src/budget.ts';
import type { Element, ElementKind } from '../../../src/element/element.ts';
import { Namespace } from '../../../src/server/namespace.ts';
import { limitsWith, type ServerLimits } from '../../../src/server-limits.ts';

const log = { write() {} };

function elementOf(kind: ElementKind): Element {
  return { kind, peek: () => null, scrub() {} };
}

function spaceOf(limits: ServerLimits): Namespace {
  return new Namespace(elementOf('server'), log, limitsWith(limits));
}

describe('elements', () => {
  test('of all kinds are as many as the limit says, and one that goes makes room', () => {
    const space = spaceOf({ elementsMax: 2 });
    space.attach('a', elementOf('chan'));
    space.assertFree('b/c');
    space.attach('b/c', elementOf('dns'));
    expect(space.elements).toBe(2);
    expect(() => space.assertFree('d')).toThrow(
      'the server has too many elements: scrub those that are done with (limit elementsMax: 2)',
    );
    space.scrub('a', { kill: false });
    space.assertFree('d');
    space.attach('d', elementOf('chan'));
    expect(() => space.assertFree('a')).toThrow('(limit elementsMax: 2)');
  });

  test.each([
    ['chan', 'channelsMax'],
    ['select', 'selectsMax'],
    ['dns', 'dnsServersMax'],
    ['docker', 'containersMax'],
  ] as const)('of the kind %s are as many as the limit says', (kind, name) => {
    const space = spaceOf({ [name]: 2 });
    for (const path of ['a', 'b']) {
      space.assertRoom(kind, name);
      space.attach(path, elementOf(kind));
    }
    space.attach('c', elementOf('proc'));
    expect(() => space.assertRoom(kind, name)).toThrow(
      `the server has too many elements of the kind ${kind}: ` +
        `scrub those that are done with (limit ${name}: 2)`,
    );
    space.scrub('a', { kill: false });
    space.assertRoom(kind, name);
  });

  test('are on so many anchors, those in between included', () => {
    const space = spaceOf({ anchorsMax: 4 });
    space.attach('a/b', elementOf('chan'));
    space.assertFree('c');
    expect(() => space.assertFree('c/d')).toThrow('(limit anchorsMax: 4)');
  });

  test('give back what is kept of them when they go, by whatever way', () => {
    const space = spaceOf({});
    const held = new Budget(1000);
    const make = (path: string) => {
      const share = new Share(held);
      share.take(100);
      const element = elementOf('proc');
      return { element, anchor: space.attach(path, element, share) };
    };
    make('a');
    const { anchor, element } = make('b');
    expect(held.used).toBe(200);
    space.scrub('a', { kill: true });
    expect(held.used).toBe(100);
    space.release(anchor, element);
    space.release(anchor, element);
    expect(held.used).toBe(0);
  });
});
