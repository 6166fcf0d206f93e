/**
 * The house rules that a machine can check: who imports whom, what no file may hold, how long it
 * may be, what documents there are. The rules are in test/support/tidy, and are shown to be able to
 * fail in test/unit/support/tidy.test.ts.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Complaint } from './support/tidy/code.ts';
import {
  type Part,
  partCycles,
  runtimeExports,
  strayExports,
  strayImports,
} from './support/tidy/imports.ts';
import {
  brokenLinks,
  changelogFaults,
  deadCode,
  folderReadmes,
  impurities,
  overlong,
  postponed,
} from './support/tidy/rules.ts';
import { files, read, root } from './support/tidy/tree.ts';

/** What nearly every part of src/ stands on. */
const base = ['base', 'type host', 'wire'];

/** The first part that a file fits is the one it belongs to. */
const parts: readonly Part[] = [
  // src: the server and the client, pure.
  {
    name: 'door src',
    files: ['src/index.ts'],
    // The profiles are values, which one chooses from; clauses have paths, which are shown as text.
    may: [
      ...['anchor', 'base', 'type host', 'client', 'server', 'command', 'select', 'type element'],
      'membership',
    ],
  },
  { name: 'host', files: ['src/host/'], may: ['type base'] },
  { name: 'wire', files: ['src/wire/'], may: ['base'] },
  { name: 'anchor', files: ['src/anchor/'], may: ['base'] },
  { name: 'channel', files: ['src/channel/'], may: ['base'] },
  { name: 'dns', files: ['src/dns/'], may: ['base'] },
  { name: 'journal', files: ['src/journal/'], may: ['base', 'type host'] },
  { name: 'overlay', files: ['src/overlay/'], may: ['base', 'type host'] },
  { name: 'detector', files: ['src/detector/'], may: ['base', 'type host'] },
  { name: 'gossip', files: ['src/gossip/'], may: ['base'] },
  {
    name: 'membership',
    files: ['src/membership/'],
    may: [...base, 'overlay', 'detector', 'gossip'],
  },
  { name: 'discovery', files: ['src/discovery/'], may: base },
  // The request of a method, and so below rpc, though people look for it among the elements.
  {
    name: 'command',
    files: ['command', 'docker-command', 'fields', 'signals'].map((it) => `src/element/${it}.ts`),
    may: ['base', 'wire', 'type host'],
  },
  { name: 'rpc', files: ['src/rpc/'], may: [...base, 'command', 'type journal'] },
  { name: 'select core', files: ['src/select/select.ts'], may: ['base', 'type host'] },
  // Its calls: what a client and a server that selects have in common.
  {
    name: 'select',
    files: ['src/select/'],
    may: [...base, 'anchor', 'command', 'rpc', 'select core'],
  },
  {
    name: 'element',
    files: ['src/element/'],
    may: [...base, 'command', 'dns', 'rpc', 'select', 'type channel'],
  },
  {
    name: 'client',
    files: ['src/client/'],
    may: [
      ...[...base, 'anchor', 'command', 'discovery', 'journal', 'rpc', 'select'],
      'type element',
    ],
  },
  {
    name: 'server',
    files: ['src/server/'],
    may: [
      ...[...base, 'anchor', 'channel', 'command', 'discovery', 'element', 'journal'],
      ...['membership', 'rpc', 'select'],
    ],
  },
  { name: 'base', files: ['src/'], may: [] },

  // The two worlds.
  { name: 'door transport', files: ['transport/index.ts'], may: ['transport', 'base', 'host'] },
  {
    name: 'transport',
    files: ['transport/'],
    // Of the wire format, the goodbye to those without a key.
    may: ['base', 'host', 'wire', 'node:*', 'npm dockerode'],
  },
  // Scenarios choose the profile of their servers.
  { name: 'door sim', files: ['sim/index.ts'], may: ['sim', 'base', 'membership'] },
  // For property tests of users: fast-check is theirs.
  { name: 'door arbitrary', files: ['sim/arbitrary.ts'], may: ['sim', 'base', 'npm fast-check'] },
  {
    name: 'sim',
    files: ['sim/'],
    // Whoever asks a simulated name server sends real messages, and so do other overlays; junk is
    // made so that it decodes to nothing.
    may: [
      ...['base', 'host', 'client', 'server', 'membership', 'dns', 'wire', 'npm seedrandom'],
      ...['discovery', 'rpc'],
    ],
  },

  // Programs on top.
  {
    name: 'cli',
    files: ['cli/'],
    may: [
      ...['door src', 'door transport', 'door sim', 'manifest', 'npm clipanion', 'node:*'],
      // The door by its name, as scenarios see it: there must be one simulator only.
      'npm circuit/sim',
      // The plots of reports.
      ...['npm d3-scale', 'npm d3-shape'],
    ],
  },
  { name: 'manifest', files: ['package.json'], may: [] },
  { name: 'scenarios', files: ['scenarios/'], may: ['npm circuit/sim', 'npm circuit'] },
  {
    name: 'examples',
    files: ['examples/'],
    may: ['npm circuit', 'npm circuit/transport', 'node:*'],
  },
  // Tries real servers with what tests need, too, which knows nothing of it.
  { name: 'hostile report', files: ['tools/hostile-report/'], may: 'anything' },
  { name: 'tools', files: ['tools/', 'vitest.config.ts'], may: 'anything' },
  { name: 'test support', files: ['test/support/'], may: 'anything' },
  // Not in the lists of others: nothing imports it.
  { name: 'test', files: ['test/', 'bench/'], may: 'anything' },
];

const doors = ['src/index.ts', 'src/host/index.ts', 'transport/index.ts', 'sim/index.ts'];

/** To be split: the bound of each may fall, and not rise. */
const tooLong = { 'test/unit/rpc/session.test.ts': 620 };

/** Seams that say with a function what a name is, so that both worlds mean the same. */
const seamsWithCode = ['src/host/storage.ts'];

const sources = files()
  .filter((path) => path.endsWith('.ts'))
  .map(read);
const pure = sources.filter(({ path }) => /^(src|sim)\//.test(path));

/** Empty when all is well; one line per complaint otherwise. */
function told(complaints: readonly Complaint[]): string[] {
  return complaints.map(({ path, line, message }) => `${path}:${line} ${message}`);
}

test('every file imports only what its part may', () => {
  expect(told(strayImports(sources, parts))).toEqual([]);
});

test('no parts import each other in a circle', () => {
  expect(partCycles(sources, parts).map((cycle) => cycle.join(' -> '))).toEqual([]);
});

test('every name in the import table is that of a part', () => {
  const names = new Set(parts.map(({ name }) => name));
  const used = parts.flatMap(({ may }) => (may === 'anything' ? [] : may));
  const own = used.filter((name) => !name.startsWith('npm ') && name !== 'node:*');
  expect(own.filter((name) => !names.has(name.replace(/^type /, '')))).toEqual([]);
});

test('only the doors hand on what others export', () => {
  expect(told(strayExports(sources, doors))).toEqual([]);
});

test('the seams are types alone', () => {
  const seams = sources.filter(({ path }) => path.startsWith('src/host/'));
  const withCode = seams.filter((source) => runtimeExports(source).length > 0);
  expect(withCode.map(({ path }) => path)).toEqual(seamsWithCode);
});

test('src and sim name no clock, no chance and no platform', () => {
  expect(told(pure.flatMap(impurities))).toEqual([]);
});

test('no file is longer than it may be', () => {
  expect(told(overlong(sources, tooLong))).toEqual([]);
});

test('nothing is put off in a comment', () => {
  expect(told(sources.flatMap(postponed))).toEqual([]);
});

test('no code is commented out', () => {
  expect(told(sources.flatMap(deadCode))).toEqual([]);
});

test('every top folder has a short README', () => {
  const folders = [
    'src',
    'transport',
    'sim',
    'cli',
    'scenarios',
    'examples',
    'docs',
    'test',
    'tools',
    'reports',
  ];
  const texts = folders.map((folder): [string, string | undefined] => {
    const path = `${folder}/README.md`;
    return [folder, existsSync(join(root, path)) ? read(path).text : undefined];
  });
  expect(told(folderReadmes(new Map(texts)))).toEqual([]);
});

test('the changelog has the form of Keep a Changelog', () => {
  expect(told(changelogFaults(read('CHANGELOG.md')))).toEqual([]);
});

test('documents link to files that are there', () => {
  const documents = files().filter((path) => path.endsWith('.md'));
  const exists = (path: string) => existsSync(join(root, path));
  expect(told(documents.map(read).flatMap((each) => brokenLinks(each, exists)))).toEqual([]);
});
