/** Signals in the first moments of `circuit start`, before what a server is made of is loaded. */

import { afterEach, describe, expect, test } from 'vitest';
import { begin, circuit, endAll, type RunOptions, until } from '../support/circuit.ts';
import { KeyFiles } from '../support/key-files.ts';

afterEach(endAll);

/** Sends itself these signals when the program begins to load its commands, and no later. */
function struckBy(...signals: readonly NodeJS.Signals[]): RunOptions {
  const module = `
    import { registerHooks } from 'node:module';
    let struck = false;
    registerHooks({
      load(url, context, next) {
        if (!struck && /\\/cli\\/(all\\.js|run\\.ts)$/.test(url)) {
          struck = true;
          for (const name of ${JSON.stringify(signals)}) process.kill(process.pid, name);
        }
        return next(url, context);
      },
    });
  `;
  const text = Buffer.from(module).toString('base64');
  return { env: { NODE_OPTIONS: `--import=data:text/javascript;base64,${text}` } };
}

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  'a first %s ends it in order, before it has listened',
  async (signal) => {
    const ended = await circuit(['start'], struckBy(signal));
    expect(ended).toEqual({ code: 0, signal: undefined, out: '', err: '' });
  },
);

test.each([
  ['SIGINT', 'SIGTERM', 143],
  ['SIGTERM', 'SIGINT', 130],
] as const)('after a first %s, a %s ends it at once', async (first, second, code) => {
  const ended = await circuit(['start'], struckBy(first, second));
  expect(ended).toEqual({ code, signal: undefined, out: '', err: '' });
});

test('a mistake in the arguments is told all the same', async () => {
  expect(await circuit(['start', '--bogus'], struckBy('SIGTERM'))).toMatchObject({
    code: 2,
    err: expect.stringContaining('--bogus'),
  });
});

describe('with keys', () => {
  test('a HUP does not end it: it reads the key file once it serves', async () => {
    using files = new KeyFiles();
    const server = begin(['start', '-hmac', files.write(await files.key())], struckBy('SIGHUP'));
    await until(
      () => server.over() || server.errors().includes('read the key file again'),
      'the file is read again',
    );
    await until(() => server.over() || server.output().includes('circuit://'), 'it serves');
    process.kill(server.pid, 'SIGTERM');
    expect(await server.ended).toMatchObject({ code: 0 });
  });
});
