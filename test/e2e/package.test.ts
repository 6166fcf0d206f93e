/** What npm would pack: installed into a project of its own, it is run, imported and compiled against. */

import { execFileSync, spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isFresh } from '../support/circuit.ts';
import { Program } from '../support/programs.ts';
import { blocks } from '../support/readme.ts';

const root = join(import.meta.dirname, '../..');
const directory = mkdtempSync(join(tmpdir(), 'circuit-package-'));
const project = join(directory, 'project');
const installed = join(project, 'node_modules/circuit');
const tsc = join(root, 'node_modules/.bin/tsc');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
let packed: string[];

beforeAll(() => {
  // Built beside the clone: others run what is in it.
  const source = join(directory, 'source');
  mkdirSync(source);
  const built = ['-p', join(root, 'tsconfig.build.json'), '--outDir', join(source, 'dist')];
  execFileSync(tsc, built);
  if (!isFresh()) execFileSync(process.execPath, [join(root, 'tools/build.ts'), '--cli']);
  cpSync(join(root, 'dist/cli'), join(source, 'dist/cli'), { recursive: true });
  for (const file of ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'ARCHITECTURE.md']) {
    copyFileSync(join(root, file), join(source, file));
  }
  for (const part of ['docs', 'deploy'])
    cpSync(join(root, part), join(source, part), { recursive: true });
  // What is never packed.
  for (const part of ['test', 'tools', 'dist/docs', 'docs/more']) {
    mkdirSync(join(source, part), { recursive: true });
    writeFileSync(join(source, part, 'not.js'), '');
  }
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', directory];
  const said = execFileSync('npm', pack, { cwd: source, encoding: 'utf8' });
  const [{ filename, files }] = JSON.parse(said);
  packed = files.map(({ path }: { path: string }) => path);
  mkdirSync(installed, { recursive: true });
  const tarball = join(directory, filename);
  execFileSync('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1']);
  for (const name of [...Object.keys(manifest.dependencies), '@types', 'fast-check']) {
    symlinkSync(join(root, 'node_modules', name), join(project, 'node_modules', name));
  }
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
}, 120_000);

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe('the package', () => {
  test('holds what is run, imported and read, and nothing of how it is made', () => {
    const wanted =
      /^(package\.json|LICENSE|[A-Z]+\.md|docs\/\w+\.md|deploy\/[\w.]+|dist\/(cli|src|transport|sim)\/[^ ]+\.(js|d\.ts|css|map))$/;
    expect(packed.filter((path) => !wanted.test(path))).toEqual([]);
    for (const needed of [
      'README.md',
      'LICENSE',
      'docs/security.md',
      'deploy/circuit.service',
      manifest.bin.circuit,
    ]) {
      expect(packed).toContain(needed);
    }
    accessSync(join(installed, manifest.bin.circuit), constants.X_OK);
    expect(packed.some((path) => path.includes('not.js'))).toBe(false);
  });

  test('has what its doors lead to', () => {
    for (const door of Object.values<{ types: string; default: string }>(manifest.exports)) {
      expect([existsSync(join(installed, door.types)), door.types]).toEqual([true, door.types]);
      expect([existsSync(join(installed, door.default)), door.default]).toEqual([
        true,
        door.default,
      ]);
    }
    expect(manifest.engines.node).toBe('>=24');
  });

  test('is a program, and a typed library, for a project of its own', async () => {
    const [library = ''] = blocks(readFileSync(join(root, 'README.md'), 'utf8'), 'ts');
    expect(library).toContain("from 'circuit/transport'");
    writeFileSync(join(project, 'library.ts'), library);
    const others = [
      "import { scenario } from 'circuit/sim';",
      "import { schedules } from 'circuit/sim/arbitrary';",
      'console.log(typeof scenario, typeof schedules);',
    ];
    writeFileSync(join(project, 'others.ts'), others.join('\n'));
    const strict = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'esnext'];
    const types = ['--types', 'node', '--exactOptionalPropertyTypes'];
    const compile = (...files: string[]) =>
      spawnSync(tsc, [...strict, ...types, ...files], { cwd: project, encoding: 'utf8' });
    expect(compile('library.ts', 'others.ts').stdout).toBe('');
    writeFileSync(join(project, 'wrong.ts'), library.replace('timeoutMs: 5_000', 'timeoutMs: ""'));
    expect(compile('wrong.ts').stdout).toContain(
      "Type 'string' is not assignable to type 'number'",
    );

    const server = new Program(join(installed, manifest.bin.circuit), ['start']);
    try {
      const url = `circuit://${await server.said('circuit://')}`;
      const node = (...args: string[]) =>
        execFileSync(process.execPath, args, { cwd: project, encoding: 'utf8' });
      expect(node('library.ts', url)).toBe('one\ntwo\ndone\n');
      expect(node('others.ts')).toBe('function function\n');
      expect(node(join(installed, manifest.bin.circuit), '--version')).toBe(
        `${manifest.version}\n`,
      );
    } finally {
      await server.kill();
    }
  });
});
