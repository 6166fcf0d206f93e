/** Every decoder is fuzzed: what is exported under a name of decoders has a target, or a reason. */

import { expect, test } from 'vitest';
import { targets } from '../../tools/fuzz/targets/index.ts';
import { files, read } from '../support/tidy/tree.ts';

/** What decoders are called. */
const exported =
  /^export (?:async )?(?:function|const) ((?:decode|parse|read)[A-Z]?\w*|\w+Codec|memoizedDecoder|\w+(?=: Codec<| = integer\()|open\b)/gm;

/** Why some have none of their own. */
const elsewhere: Readonly<Record<string, string>> = {
  'transport/index.ts readKeys': 'hands on readKeyFile',
  'transport/security/keys.ts readKeyFile': 'a file, whose text parseKeys reads',
  'cli/json-input.ts readJson': 'standard input, which JSON.parse reads',
  'cli/clauses.ts readClauses': 'standard input, which parseClauses reads',
  'cli/input.ts readAll': 'standard input as bytes',
  'cli/input.ts readHead': 'standard input as bytes',
};

function decoders(): string[] {
  return files()
    .filter((path) => /^(src|transport|cli|sim)\/.*\.ts$/.test(path))
    .flatMap((path) => {
      const found = read(path).text.matchAll(exported);
      return Array.from(found, ([, name]) => `${path} ${name}`);
    });
}

test('each decoder that is exported has a target', () => {
  const covered = new Set(targets.flatMap(({ covers }) => covers));
  expect(decoders().filter((each) => !covered.has(each) && !(each in elsewhere))).toEqual([]);
});

test('what targets name, and what is excused, is there', () => {
  const there = new Set(decoders());
  const named = [...targets.flatMap(({ covers }) => covers), ...Object.keys(elsewhere)];
  expect(named.filter((each) => !there.has(each))).toEqual([]);
});

test('targets have names of their own, that folders can have', () => {
  const names = targets.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => !/^[a-z0-9-]+$/.test(name))).toEqual([]);
});
