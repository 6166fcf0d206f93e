/** The reference of the library is complete: TypeDoc builds it without a warning. */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { root } from './support/tidy/tree.ts';

test('everything that the doors export, and every method of it, is documented', () => {
  const out = mkdtempSync(join(tmpdir(), 'circuit-docs-'));
  try {
    const typedoc = join(root, 'tools/docs/node_modules/typedoc/bin/typedoc');
    const options = ['--options', 'tools/docs/typedoc.json', '--out', out];
    const { stdout, stderr, status } = spawnSync(process.execPath, [typedoc, ...options], {
      cwd: root,
      encoding: 'utf8',
    });
    const lines = stripVTControlCharacters(stdout + stderr).split('\n');
    expect(lines.filter((line) => /^\[(warning|error)\]/.test(line))).toEqual([]);
    expect(status).toBe(0);
    for (const page of ['index.html', 'classes/circuit.Client.html']) {
      expect(existsSync(join(out, page)), page).toBe(true);
    }
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
});
