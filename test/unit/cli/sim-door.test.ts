import { expect, test } from 'vitest';
import { files, read } from '../../support/tidy/tree.ts';

test('no command loads the simulator with the program: it is imported where it is used', () => {
  const own = files().filter((path) => path.startsWith('cli/') && path.endsWith('.ts'));
  const loading = own.filter((path) =>
    /^import (?!type\b)[^;]*'[^']*sim\/index\.ts'/m.test(read(path).text),
  );
  expect(own.length).toBeGreaterThan(50);
  expect(loading).toEqual([]);
});
