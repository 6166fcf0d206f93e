/** What those see who have no key in common: sentences on both sides, exit codes, and a trap. */

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, createServer, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { parseCircuitUrl, splitAddress } from '../../src/id.ts';
import { connect } from '../../src/index.ts';
import { nodeHost, readKeys } from '../../transport/index.ts';
import { circuit, endAll, startServer, type TestServer, until } from '../support/circuit.ts';

const directory = mkdtempSync(join(tmpdir(), 'circuit-test-'));
const [ours, others] = ['ours', 'others'].map((name) => {
  const path = join(directory, name);
  writeFileSync(path, `${randomBytes(64).toString('base64')}\n`, { mode: 0o600 });
  return path;
}) as [string, string];

let keyed: TestServer;
let open: TestServer;

beforeAll(async () => {
  keyed = await startServer(['-hmac', ours, '--log', 'warn']);
  open = await startServer(['--log', 'warn']);
});

afterAll(async () => {
  await endAll();
  rmSync(directory, { recursive: true });
});

const addressOf = ({ url }: { url: string }) => parseCircuitUrl(url).address;
const refusals = ({ running }: TestServer) =>
  running
    .errors()
    .split('\n')
    .filter((line) => line.includes('"refused"'))
    .map((line) => JSON.parse(line).why);

describe('who has no key in common is told so, at once, and so is the other side', () => {
  const takesKeysOnly =
    'this server takes only peers that have its key: give the file that holds it with -hmac FILE';
  const wrongKey = 'it has none of our keys: give -hmac the key file of its circuit';
  const noKey =
    'it has no key, and so nothing was said to it: start it with -hmac FILE, or dial it without a key';
  const cases = [
    ['no key, to one with keys', () => keyed, [], takesKeysOnly, 'noKey'],
    ['another key', () => keyed, ['-hmac', others], wrongKey, 'wrongKey'],
    ['a key, to one without', () => open, ['-hmac', ours], noKey, 'keyed'],
  ] as const;

  test.each(cases)('a command with %s', async (_, server, keys, sentence, why) => {
    const { code, out, err } = await circuit(['ls', '/', '-d', server().url, ...keys]);
    expect([code, out]).toEqual([23, '']);
    expect(err.trim().split('\n').length).toBe(1);
    expect(err).toContain(sentence);
    await until(() => refusals(server()).includes(why), 'the server says so too');
  });

  test.each(cases)('a server with %s', async (_, server, keys, sentence) => {
    // Where that may help, it would be tried for as long.
    const start = ['start', '--timeout', '3600', '-j', server().url];
    const { code, out, err } = await circuit([...start, ...keys]);
    expect([code, out]).toEqual([23, '']);
    expect(err).toContain(`cannot join the server at ${addressOf(server())}: ${sentence}`);
  });

  test('and peek shows how many, to those who have the key', async () => {
    const { out } = await circuit(['peek', keyed.path, '-d', keyed.url, '-hmac', ours]);
    const { security } = JSON.parse(out).Status;
    expect(security.refused).toMatchObject({ noKey: 2, wrongKey: 2, broken: 0 });
    expect(security.keys.length).toBe(1);
    expect(
      JSON.parse((await circuit(['peek', open.path, '-d', open.url])).out).Status,
    ).toMatchObject({
      security: { keys: [], refused: { keyed: 2 } },
    });
  });

  test.each([
    ['without keys, to one with', () => open, () => keyed, []],
    ['with keys, to one without', () => keyed, () => open, ['-hmac', ours]],
  ] as const)('circuit join of a server %s, names both', async (_, one, other, keys) => {
    const { path, url } = one();
    const { code, err } = await circuit(['join', path, other().url, '-d', url, ...keys]);
    expect([code, err]).toEqual([
      23,
      `circuit: ${path} cannot join the server at ${addressOf(other())}: they have no key in ` +
        'common, or one of them has none; two circuits become one only if all servers were ' +
        'started with the same -hmac FILE\n',
    ]);
  });

  test('who has the key is served', async () => {
    const { code, out } = await circuit(['ls', '/', '-d', keyed.url, '-hmac', ours]);
    expect([code, out]).toEqual([0, `${keyed.path}\n`]);
    const second = await startServer(['-hmac', ours, '-j', keyed.url]);
    await until(async () => {
      const listed = await circuit(['ls', '/', '-d', second.url, '-hmac', ours]);
      return listed.out.split('\n').length === 3;
    }, 'both are listed');
    second.running.process.kill('SIGKILL');
  });
});

describe('a server with a certificate that the client trusts, and without the key', () => {
  const file = (name: string) => join(directory, name);
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { cwd: directory, stdio: 'ignore' });
  /** What it was told. */
  let heard = 0;
  let shaken = 0;
  let impostor: ReturnType<typeof createServer>;

  beforeAll(async () => {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=ca');
    openssl('req', ...key, '-keyout', 'it.key', '-out', 'it.csr', '-subj', '/CN=localhost');
    writeFileSync(file('names'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
    const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'names'];
    openssl('x509', '-req', '-in', 'it.csr', ...signed, '-out', 'it.pem');
    impostor = createServer({
      cert: readFileSync(file('it.pem')),
      key: readFileSync(file('it.key')),
    });
    impostor.on('secureConnection', (socket: TLSSocket) => {
      shaken++;
      socket.on('error', () => {});
      socket.on('data', (bytes: Buffer) => {
        heard += bytes.length;
      });
    });
    impostor.on('tlsClientError', () => {});
    await new Promise<void>((resolve) => impostor.listen(0, '127.0.0.1', resolve));
  });

  afterAll(() => {
    impostor.close();
  });

  afterEach(() => {
    expect(heard).toBe(0);
  });

  const url = () => `circuit://127.0.0.1:${(impostor.address() as { port: number }).port}`;

  test('is trusted by others: the trap is one', async () => {
    const { port } = impostor.address() as { port: number };
    const socket = connectTls({ port, host: '127.0.0.1', ca: readFileSync(file('ca.pem')) });
    await new Promise((resolve, reject) => {
      socket.on('secureConnect', resolve);
      socket.on('error', reject);
    });
    expect(socket.authorized).toBe(true);
    await until(() => shaken === 1, 'both sides take the certificate');
    socket.destroy();
  });

  test('is refused by the library', async () => {
    const host = await nodeHost({ client: true, keys: await readKeys(ours) });
    await expect(connect(host, url())).rejects.toMatchObject({ code: 'WRONG_KEY' });
    expect(host.security.refused.wrongKey).toBe(1);
    await host.close();
  });

  test.each([{}, { NODE_TLS_REJECT_UNAUTHORIZED: '0' }, { NODE_OPTIONS: '--use-openssl-ca' }])(
    'is refused by commands, with %o',
    async (more) => {
      const env = { NODE_EXTRA_CA_CERTS: file('ca.pem'), SSL_CERT_FILE: file('ca.pem'), ...more };
      const { code, err } = await circuit(['ls', '/', '-d', url(), '-hmac', ours], { env });
      expect(code).toBe(23);
      expect(err).toContain('it has none of our keys');
    },
  );
});

test('a client of TLS that has no key, and would take any certificate, is refused', async () => {
  const { port } = splitAddress(addressOf(keyed));
  const before = await refusalCount();
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
  const error = await new Promise<Error & { code?: string }>((resolve) =>
    socket.on('error', resolve),
  );
  expect(error.code).toMatch(/HANDSHAKE_FAILURE/);
  await until(async () => (await refusalCount()) === before + 1, 'it is counted');
});

async function refusalCount(): Promise<number> {
  const { out } = await circuit(['peek', keyed.path, '-d', keyed.url, '-hmac', ours]);
  return JSON.parse(out).Status.security.refused.wrongKey;
}
