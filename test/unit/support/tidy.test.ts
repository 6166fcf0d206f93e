/** The rules of the house, each shown to find what it looks for and to pass over what it should. */

import { describe, expect, test } from 'vitest';
import { codeOf, type Source } from '../../support/tidy/code.ts';
import {
  importsOf,
  type Part,
  partCycles,
  runtimeExports,
  strayExports,
  strayImports,
} from '../../support/tidy/imports.ts';
import {
  brokenLinks,
  changelogFaults,
  deadCode,
  folderReadmes,
  impurities,
  overlong,
  postponed,
} from '../../support/tidy/rules.ts';

function source(text: string, path = 'src/some/file.ts'): Source {
  return { path, text };
}

describe('text is taken apart', () => {
  test('comments and what strings hold are blanked, and lines stay where they are', () => {
    const { bare, withStrings } = codeOf("a('b'); // c\n/* d\n */ e(`f`);\n");
    expect(bare).toBe("a(' ');     \n    \n    e(` `);\n");
    expect(withStrings).toBe("a('b');     \n    \n    e(`f`);\n");
  });

  test('code within a template is code', () => {
    expect(codeOf(`\`a \${b({ c: 'd' })} e\``).bare).toBe(`\`  \${b({ c: ' ' })}  \``);
  });

  test('a regular expression is no comment and no division', () => {
    expect(codeOf('x = /[/]*"/.test(y) / 2;').bare).toBe('x = /     /.test(y) / 2;');
  });

  test('what looks like a comment in a string is none', () => {
    expect(codeOf("const url = 'circuit://a'; // b").comments).toEqual([{ line: 1, text: '// b' }]);
  });

  test('an escaped quote does not end a string', () => {
    expect(codeOf("'a\\'b'; c").bare).toBe("'    '; c");
  });
});

describe('imports', () => {
  test('are found in all their forms, and their paths resolved', () => {
    const text = [
      "import a, { type b } from '../b.ts';",
      'import {',
      '  c,',
      "} from './c.ts';",
      "import type { D } from '../../sim/d.ts';",
      "import 'e';",
      "export * from './f.ts';",
      "const g = await import('./g.ts');",
      "// import h from './h.ts';",
    ].join('\n');
    const found = importsOf(source(text)).map(({ line, target }) => `${line} ${target}`);
    expect(found).toEqual([
      '1 src/b.ts',
      '4 src/some/c.ts',
      '5 sim/d.ts',
      '6 e',
      '7 src/some/f.ts',
      '8 src/some/g.ts',
    ]);
  });

  const parts: readonly Part[] = [
    { name: 'base', files: ['src/id.ts'], may: [] },
    { name: 'host', files: ['src/host/'], may: ['type base'] },
    { name: 'core', files: ['src/core/'], may: ['base', 'type host'] },
    { name: 'transport', files: ['transport/'], may: ['base', 'node:*', 'npm seedrandom'] },
    { name: 'test', files: ['test/'], may: 'anything' },
  ];
  const stray = (path: string, text: string) =>
    strayImports([source(text, path)], parts).map(({ line, message }) => `${line} ${message}`);

  test.each([
    ['another part', 'src/core/a.ts', "import { x } from '../../transport/x.ts';"],
    ['a value where types are allowed', 'src/core/a.ts', "import { x } from '../host/x.ts';"],
    ['node where it is not allowed', 'src/core/a.ts', "import fs from 'node:fs';"],
    ['a package that is not named', 'transport/a.ts', "import x from 'seedrandom-else';"],
    ['a test', 'src/core/a.ts', "import { x } from '../../test/x.ts';"],
    ['what no part has', 'src/core/a.ts', "import { x } from '../elsewhere.ts';"],
    ['a value in a seam', 'src/host/a.ts', "import { x } from '../id.ts';"],
    ['at run time', 'src/core/a.ts', "await import('../../transport/x.ts');"],
    ['to hand it on', 'src/core/a.ts', "export { x } from '../../transport/x.ts';"],
  ])('a stray one is found: %s', (_what, path, text) => {
    expect(stray(path, text)).toHaveLength(1);
  });

  test('a file in no part is found', () => {
    expect(stray('src/new.ts', '')).toHaveLength(1);
  });

  test.each([
    ['src/core/a.ts', "import type { x } from '../host/x.ts';"],
    ['src/core/a.ts', "import { y } from './y.ts';"],
    ['src/core/a.ts', "import { id } from '../id.ts';"],
    ['transport/a.ts', "import fs from 'node:fs';"],
    ['transport/a.ts', "import alea from 'seedrandom/lib/alea.js';"],
    ['test/a.ts', "import { x } from '../src/core/a.ts';"],
  ])('what the table allows is let be: %s %s', (path, text) => {
    expect(stray(path, text)).toEqual([]);
  });

  test('a circle of parts is found, types included', () => {
    const circle = [
      source("import type { X } from '../host/x.ts';", 'src/core/a.ts'),
      source("import type { A } from '../core/a.ts';", 'src/host/x.ts'),
    ];
    expect(partCycles(circle, parts)).toEqual([['host', 'core', 'host']]);
    expect(partCycles(circle.slice(1), parts)).toEqual([]);
  });

  test('what is handed on elsewhere than in a door is found', () => {
    const text = "export { x } from './x.ts';";
    expect(strayExports([source(text)], ['src/index.ts'])).toHaveLength(1);
    expect(strayExports([source(text, 'src/index.ts')], ['src/index.ts'])).toEqual([]);
  });

  test.each([
    ['export function f() {}', 1],
    ['export const x = 1;', 1],
    ['export class C {}', 1],
    ['export interface I { f(): void }', 0],
    ["export type { I } from './i.ts';", 0],
  ])('code in a seam is found: %s', (text, count) => {
    expect(runtimeExports(source(text))).toHaveLength(count);
  });
});

describe('what is not the same twice', () => {
  test.each([
    'const now = Date.now();',
    'const now = performance.now();',
    'setTimeout(f, 1);',
    'queueMicrotask(f);',
    'const x = Math.random();',
    'const id = crypto.randomUUID();',
    'if (process.env.X) f();',
    'const b = Buffer.alloc(1);',
    'console.log(x);',
    'globalThis.x = 1;',
    'new WeakRef(x);',
    'names.sort((a, b) => a.localeCompare(b));',
    'const x = 10 ** n;',
    'const x = (1 + 1) ** n;',
    'const x = 12 ** n;',
    'const x = Math.pow(2, n);',
    "import fs from 'node:fs';",
    `const text = \`\${Date.now()}\`;`,
  ])('is found: %s', (text) => {
    expect(impurities(source(text))).toHaveLength(1);
  });

  test.each([
    '// setTimeout is not for us',
    "const text = 'Date';",
    'const two32 = 2 ** 32;',
    'const stretch = pause * 2 ** failures;',
    'host.process.crash();',
    'const process = this.process; process.start();',
    'const updated = 1;',
    'const x = clock.performance;',
  ])('is not seen where it is not: %s', (text) => {
    expect(impurities(source(text))).toEqual([]);
  });
});

test('a file beyond the bound is found, and an exception that is not needed as well', () => {
  const long = source('x\n'.repeat(401));
  expect(overlong([long], {})).toHaveLength(1);
  expect(overlong([source('x\n'.repeat(400))], {})).toEqual([]);
  expect(overlong([long], { [long.path]: 401 })).toEqual([]);
  expect(overlong([long], { [long.path]: 400 })).toHaveLength(1);
  expect(overlong([source('x\n')], { 'src/some/file.ts': 500 })).toHaveLength(1);
  expect(overlong([], { 'src/some/file.ts': 500 })).toHaveLength(1);
});

test('what is put off is found in comments, with its line, and not elsewhere', () => {
  expect(postponed(source('/*\n * TODO: all of it\n */'))).toMatchObject([{ line: 2 }]);
  expect(postponed(source('x(); // FIXME'))).toHaveLength(1);
  expect(postponed(source("const word = 'TODO';"))).toEqual([]);
});

test.each([
  '// const x = 1;',
  '// if (x) {',
  '// }',
  '// return f(x);',
  '// this.#tick(now, out)',
  '// f(x);',
])('commented-out code is found: %s', (text) => {
  expect(deadCode(source(text))).toHaveLength(1);
});

test.each([
  '// A name has become an IP address here.',
  '// What was said last is still on its way out: if it is lost, so be it.',
  '// Nobody looks (see below).',
  "const url = 'circuit://x;';",
  '/** const chan = await client.walk(path).makeChan(3); */',
])('a remark is no code: %s', (text) => {
  expect(deadCode(source(text))).toEqual([]);
});

test('a missing README of a folder is found, and one that is too long', () => {
  const complaints = folderReadmes(
    new Map([
      ['src', 'x\n'.repeat(40)],
      ['sim', 'x\n'.repeat(41)],
      ['cli', undefined],
    ]),
  );
  expect(complaints.map(({ path }) => path)).toEqual(['sim/README.md', 'cli/README.md']);
});

test('a changelog without its next version, or with kinds of its own, is found', () => {
  const good = '# Changelog\n\n## [Unreleased]\n\n### Added\n\n- x\n';
  expect(changelogFaults(source(good))).toEqual([]);
  expect(changelogFaults(source('# Changelog\n'))).toHaveLength(1);
  expect(changelogFaults(source('## [0.1.0]\n\n## [Unreleased]\n'))).toHaveLength(1);
  expect(changelogFaults(source(good.replace('Added', 'New')))).toHaveLength(1);
});

test('a link to a file that is not there is found', () => {
  const exists = (path: string) => path === 'src/README.md';
  const links = (text: string) => brokenLinks(source(text, 'sim/README.md'), exists);
  expect(links('[the source](../src/README.md#top)')).toEqual([]);
  expect(links('[the web](https://example.org/x)')).toEqual([]);
  expect(links('[gone](README2.md)')).toHaveLength(1);
});
