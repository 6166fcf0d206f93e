/** Which server a command dials, and what it says when it cannot. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { circuit, endAll, listingOf, output, startServer } from '../support/circuit.ts';
import { Network, netnsMissing } from '../support/netns.ts';

const dead = 'circuit://127.0.0.1:1';
const group = '228.8.8.8:7711';
const directory = mkdtempSync(join(tmpdir(), 'circuit-test-'));

/** A file with that in it. */
function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

afterEach(endAll);
afterAll(() => rmSync(directory, { recursive: true }));

describe('which server is dialled', () => {
  test('-d comes first, then the file that CIRCUIT names', async () => {
    const [a, b] = [await startServer(), await startServer()];
    const env = { CIRCUIT: file('url', `${a.url}\n`) };
    expect(await output(['ls', '/'], { env })).toBe(listingOf([a]));
    expect(await output(['ls', '/', '-d', b.url], { env })).toBe(listingOf([b]));
  });

  test('an address to discover by that nobody asked for does not hide CIRCUIT', async () => {
    const { url, path } = await startServer();
    const env = { CIRCUIT: file('shown', url), CIRCUIT_DISCOVER: '' };
    expect(await output(['ls', '/'], { env })).toBe(`${path}\n`);
    // The original had such an address by default, and this to turn it off.
    const off = { CIRCUIT: env.CIRCUIT, CIRCUIT_DISCOVER: group };
    expect(await output(['ls', '/', '--discover', ''], { env: off })).toBe(`${path}\n`);
  });

  test.skipIf(netnsMissing !== undefined)(
    'between them come -discover and then CIRCUIT_DISCOVER',
    async () => {
      await using network = await Network.create(1);
      const through = network.on(0);
      const other = '228.8.8.9:7711';
      const at = (address: string) => startServer(['-discover', address], { through });
      const [a, b, c] = await Promise.all([at(group), at(other), startServer([], { through })]);
      const env = { CIRCUIT: file('last', c.url), CIRCUIT_DISCOVER: other };
      const ls = (...args: string[]) => output(['ls', '/', ...args], { through, env });
      expect(await ls('-d', c.url, '-discover', group)).toBe(listingOf([c]));
      expect(await ls('-discover', group)).toBe(listingOf([a]));
      expect(await ls()).toBe(listingOf([b]));
      expect(await ls('-discover', '')).toBe(listingOf([c]));
    },
  );
});

describe('each way to fail has an error of its own', () => {
  let silent: Server;

  beforeAll(async () => {
    silent = createServer((socket) => socket.on('error', () => {}));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => void silent.close());

  const one = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    circuit(['ls', '/', ...args], { env });

  test.each([
    [['-d', 'http://x/y/z'], {}, 2, 'not a circuit URL'],
    [['-d', 'what?'], {}, 2, 'host:port'],
    [['-d', '127.0.0.1'], {}, 2, 'host:port'],
    [['-d', dead], {}, 13, 'cannot dial 127.0.0.1:1: nothing listens there'],
    [['-discover', '228.8.8.8'], {}, 2, '-discover: "228.8.8.8" is not a multicast address'],
    [['-discover', '10.0.0.1:7711'], {}, 2, 'from 224.0.0.0 to 239.255.255.255'],
    [['-discover', '228.8.8.8:0'], {}, 2, 'with a port'],
    [[], { CIRCUIT_DISCOVER: 'x' }, 2, 'CIRCUIT_DISCOVER: "x" is not a multicast address'],
    [[], { CIRCUIT: '/no/such/file' }, 2, '/no/such/file'],
    [[], { CIRCUIT: directory }, 2, directory],
    [[], { CIRCUIT: file('empty', '') }, 2, 'is empty; has the server started yet?'],
    [
      [],
      { CIRCUIT: file('junk', 'junk?\n') },
      2,
      'junk that CIRCUIT names does not begin with a URL',
    ],
    [[], { CIRCUIT: dead }, 2, 'CIRCUIT holds a URL'],
    [[], {}, 2, '-d URL, or find one with -discover ADDR, or let CIRCUIT name a file'],
  ])('%j %j', async (args, env, wanted, words) => {
    const { code, out, err } = await one(args, env);
    expect(err).toContain(words);
    expect(err).toMatch(/^circuit: [^\n]*\n$/);
    expect({ code, out }).toEqual({ code: wanted, out: '' });
  });

  test('another server than the one in the URL runs there: the error has the URL of that', async () => {
    const { url } = await startServer();
    const { code, err } = await one(['-d', url.replace(/Q.*/, 'Q0123456789abcdef')]);
    expect(code).toBe(13);
    expect(err).toContain(url);
  });

  test('what listens there says nothing', async () => {
    const { port } = silent.address() as { port: number };
    const { code, err } = await one(['-d', `127.0.0.1:${port}`]);
    expect({ code, err }).toEqual({
      code: 11,
      err: `circuit: the server at 127.0.0.1:${port} gave no answer in time; is it a server of circuit, and awake?\n`,
    });
    const hurried = await one(['-d', `127.0.0.1:${port}`, '--timeout', '0.3']);
    expect(hurried).toMatchObject({ code: 11, err: 'circuit: no result within 0.3 s\n' });
  });

  test('keys that are asked for are never left out in silence', async () => {
    const { url } = await startServer();
    const refused = {
      code: 2,
      out: '',
      err: expect.stringContaining('cannot read the key file f'),
    };
    expect(await one(['-d', url, '-hmac', 'f'])).toMatchObject(refused);
    expect(await one(['-d', url], { CIRCUIT_HMAC: 'f' })).toMatchObject(refused);
    expect(await one(['-d', url, '-hmac', ''])).toMatchObject({ code: 2, out: '' });
  });

  describe.skipIf(netnsMissing !== undefined)('on a network', () => {
    test('there is no way, no such name, or no answer by multicast, and nothing hangs', async () => {
      await using network = await Network.create(2);
      const through = network.on(0);
      const ls = (...args: string[]) => circuit(['ls', '/', ...args], { through });
      const [away, nameless, absent, alone] = await Promise.all([
        ls('-d', '10.99.0.1:11022'),
        ls('-d', 'no-such-host.invalid:11022'),
        ls('-d', `${network.address(200)}:11022`),
        ls('-discover', group),
      ]);
      expect(away).toMatchObject({ code: 13, out: '' });
      expect(away.err).toContain('there is no way to that address');
      expect(nameless).toMatchObject({ code: 13, out: '' });
      expect(nameless.err).toContain('no-such-host.invalid:11022');
      expect(absent).toMatchObject({ code: 13, out: '' });
      expect(absent.err).toContain(network.address(200));
      expect(alone).toMatchObject({
        code: 13,
        err:
          `circuit: no server answered at ${group} within 5 s: ` +
          'is one running with -discover there, and on this network interface?\n',
      });
    });
  });
});
