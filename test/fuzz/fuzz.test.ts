/**
 * What was found once is found no more, what is known is taken as it must be, and so are some
 * thousands of fresh inputs for each decoder: as many as take some seconds, always the same.
 * `npm run fuzz` looks for more.
 */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Corpus, corpusFolder, ENTRIES_MAX } from '../../tools/fuzz/corpus.ts';
import { fuzz } from '../../tools/fuzz/fuzzing.ts';
import { targetNamed, targets } from '../../tools/fuzz/targets/index.ts';
import { tried } from '../../tools/fuzz/trial.ts';

/** Of each target, of which slow ones have a share. */
const FRESH = 10_000;
const BYTES_MAX = 4_096;
const seed = 'tests';
const regressions = fileURLToPath(new URL('regressions/', import.meta.url));
const failures = 'fuzz-failures';

const known = readdirSync(regressions, { recursive: true, encoding: 'utf8' }).filter((path) =>
  /\.(bin|txt)$/.test(path),
);

test.each(known)('%s is no find any more', async (path) => {
  const target = targetNamed(path.split('/')[0] as string);
  if (target === undefined) throw new Error(`no target has the folder of ${path}`);
  const input = new Uint8Array(readFileSync(join(regressions, path)));
  expect(await tried(target, input)).toHaveProperty('outcome');
});

test('the corpus and fresh inputs are taken as they must be', async () => {
  const finds: string[] = [];
  const counts = new Map<string, number>();
  const saved = new Corpus(failures);
  await fuzz({
    ...{ targets: targets.map(({ name }) => name), seed, folder: corpusFolder, jobs: 1 },
    ...{ coverage: false, executions: FRESH, minimize: false },
    signal: new AbortController().signal,
    kept: () => {},
    minimised: () => {},
    figures: (all) => {
      for (const each of all) counts.set(each.target, each.executions);
    },
    found: (name, { input, failure }) => {
      const target = targetNamed(name);
      const file = target === undefined ? '' : relative(process.cwd(), saved.add(target, input));
      finds.push(`${name}: ${failure.message}\n  replay: npm run fuzz -- --replay ${file}`);
    },
  });
  expect(finds).toEqual([]);
  expect([...counts.keys()].sort()).toEqual(targets.map(({ name }) => name).sort());
  expect(Math.min(...counts.values())).toBeGreaterThan(0);
}, 600_000);

test('the corpus is bounded, and belongs to targets that there are', () => {
  const names = readdirSync(corpusFolder).filter((name) => name !== '.gitattributes');
  expect(names.filter((name) => targetNamed(name) === undefined)).toEqual([]);
  for (const name of names) {
    const folder = join(corpusFolder, name);
    const files = readdirSync(folder);
    expect(files.length, name).toBeLessThanOrEqual(ENTRIES_MAX);
    for (const file of files) {
      expect(statSync(join(folder, file)).size, file).toBeLessThanOrEqual(BYTES_MAX);
    }
  }
  expect(targets.filter(({ name }) => !existsSync(join(corpusFolder, name)))).toEqual([]);
});
