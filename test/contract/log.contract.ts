import { describe, expect, test } from 'vitest';
import type { WorldUnderTest } from './worlds.ts';

export function describeLog(world: WorldUnderTest): void {
  describe('log', () => {
    test('every level takes an event, with fields and without', async () => {
      const { log } = await world.open();
      for (const level of ['debug', 'info', 'warn', 'error'] as const) {
        expect(log.write(level, 'happened')).toBe(undefined);
        expect(log.write(level, 'happened', { count: 1, name: 'x' })).toBe(undefined);
      }
    });

    test('a field that no format can hold does no harm', async () => {
      const { log } = await world.open();
      const cyclic: Record<string, unknown> = {};
      cyclic['self'] = cyclic;
      const fields = { cyclic, big: 1n, error: new Error('x'), none: undefined, f() {} };
      expect(log.write('error', 'happened', fields)).toBe(undefined);
    });
  });
}
