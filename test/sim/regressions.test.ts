/** What was broken once, and shrunk by `circuit sim --shrink`, holds for ever after. */

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { resolveDoors } from '../../cli/resolve.ts';
import type { Scenario } from '../../sim/index.ts';
import { simulate, told } from '../support/simulate.ts';
import { root } from '../support/tidy/tree.ts';

const folder = join(root, 'scenarios/regressions');
const files = existsSync(folder) ? readdirSync(folder).filter((it) => it.endsWith('.ts')) : [];

resolveDoors();

describe.skipIf(files.length === 0)('every regression holds:', () => {
  test.each(files)('%s', async (file) => {
    const loaded = (await import(pathToFileURL(join(folder, file)).href)) as { default: Scenario };
    expect(loaded.default.replay, 'it is made by "replayed"').toBeDefined();
    const report = await simulate(loaded.default, { seed: '1' });
    expect(report.ok, told(report)).toBe(true);
  });
});

test('a folder of regressions has nothing but regressions', () => {
  const others = existsSync(folder) ? readdirSync(folder).filter((it) => !it.endsWith('.ts')) : [];
  expect(others).toEqual([]);
});
