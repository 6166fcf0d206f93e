/** Servers with limits of their own, and what is said to those who go past them. */

import { afterAll, describe, expect, test } from 'vitest';
import { type CircuitError, type Client, connect } from '../../src/index.ts';
import { nodeHost } from '../../transport/index.ts';
import {
  begin,
  circuit,
  endAll,
  startServer,
  type TestServer,
  until,
  untilConnected,
} from '../support/circuit.ts';

const LIMIT = 14;

afterAll(endAll);

/** What a command says that is past the limit of that name. */
function past(name: string, value: number) {
  return { code: LIMIT, err: expect.stringContaining(`(limit ${name}: ${value})`) };
}

function serverWith(...limits: string[]): Promise<TestServer> {
  return startServer(limits.flatMap((limit) => ['--limit', limit]));
}

describe('a server with limits of its own', () => {
  test('takes so many elements, channels, subscriptions, selects and names, and no more', async () => {
    const server = await serverWith(
      ...['elementsMax=5', 'channelsMax=1', 'subscriptionsMax=1', 'selectsMax=0'],
      'dnsServersMax=1',
    );
    const { url, path } = server;
    const on = (args: string[], input = '') => circuit([...args, '-d', url], { input });
    expect(await on(['mkchan', `${path}/a`, '3'])).toMatchObject({ code: 0 });
    expect(await on(['mkchan', `${path}/b`, '3'])).toMatchObject(past('channelsMax', 1));
    expect(await on(['mk@join', `${path}/j`])).toMatchObject({ code: 0 });
    expect(await on(['mk@leave', `${path}/l`])).toMatchObject(past('subscriptionsMax', 1));
    expect(await on(['mkdns', `${path}/d`])).toMatchObject({ code: 0 });
    expect(await on(['mkdns', `${path}/e`])).toMatchObject(past('dnsServersMax', 1));
    const clauses = JSON.stringify([{ op: 'recv', path: `${path}/a` }]);
    expect(await on(['mkselect', `${path}/s`], clauses)).toMatchObject(past('selectsMax', 0));
    const quick = JSON.stringify({ Path: '/bin/true' });
    for (const name of ['p', 'q']) {
      expect(await on(['mkproc', `${path}/${name}`], quick)).toMatchObject({ code: 0 });
    }
    expect(await on(['mkproc', `${path}/r`], quick)).toMatchObject(past('elementsMax', 5));
    expect(await on(['scrub', `${path}/p`])).toMatchObject({ code: 0 });
    expect(await on(['mkproc', `${path}/r`], quick)).toMatchObject({ code: 0 });
  });

  test('runs so many processes, also such as were scrubbed, and no longer commands', async () => {
    const { url, path } = await serverWith('processesMax=2', 'commandBytesMax=2KiB');
    const on = (args: string[], input = '') => circuit([...args, '-d', url], { input });
    const sleeper = JSON.stringify({ Path: '/bin/sleep', Args: ['1000'] });
    for (const name of ['a', 'b']) {
      expect(await on(['mkproc', `${path}/${name}`], sleeper)).toMatchObject({ code: 0 });
    }
    expect(await on(['scrub', `${path}/a`])).toMatchObject({ code: 0 });
    const refused = await on(['mkproc', `${path}/c`], sleeper);
    expect(refused).toMatchObject(past('processesMax', 2));
    expect(refused.err).toContain('the server runs too many processes: wait for one, or end it');
    const long = JSON.stringify({ Path: '/bin/true', Args: ['x'.repeat(2048)] });
    await on(['scrub', '--kill', `${path}/b`]);
    await until(
      async () => (await on(['mkproc', `${path}/c`], sleeper)).code === 0,
      'there is room again',
    );
    await on(['scrub', '--kill', `${path}/c`]);
    await until(
      async () => (await on(['mkproc', `${path}/d`], long)).err.includes('commandBytesMax: 2048'),
      'the command is too long, once there is room',
    );
  });

  test('keeps so many bytes, takes more when some were received, and shows what is used', async () => {
    const { url, path } = await serverWith('heldBytesMax=1MiB');
    const on = (args: string[], input = '') => circuit([...args, '-d', url], { input });
    await on(['mkchan', `${path}/a`, '1000']);
    const message = 'x'.repeat(32_000);
    const codes: number[] = [];
    for (let i = 0; i < 33; i++) codes.push((await on(['send', `${path}/a`], message)).code ?? -1);
    // 32 with their overhead are exactly a mebibyte.
    expect(codes.indexOf(LIMIT)).toBe(32);
    const used = async () => {
      const peeked = await on(['peek', path]);
      return JSON.parse(peeked.out).Status.limits.heldBytesMax;
    };
    expect(await used()).toEqual({ used: 32 * (32_000 + 768), max: 1024 * 1024 });
    expect((await on(['send', `${path}/a`], message)).err).toContain('heldBytesMax: 1048576');
    expect(await on(['recv', `${path}/a`])).toMatchObject({ code: 0, out: message });
    expect(await on(['send', `${path}/a`], message)).toMatchObject({ code: 0 });
    expect(await on(['scrub', `${path}/a`])).toMatchObject({ code: 0 });
    expect(await used()).toEqual({ used: 0, max: 1024 * 1024 });
  });

  test('takes so many clients, and says so to one more, but lets servers in', async () => {
    const first = await serverWith('clientsMax=2');
    const { url, path } = first;
    await circuit(['mkchan', `${path}/a`, '0', '-d', url]);
    const waiting = [1, 2].map(() => begin(['recv', `${path}/a`, '-d', url]));
    // Before anybody asks, who would take the place of one of them.
    for (const each of waiting) await untilConnected(each);
    await until(async () => (await circuit(['ls', '-d', url, '/'])).code === LIMIT, 'it is full');
    const refused = await circuit(['ls', '-d', url, '/']);
    expect(refused).toMatchObject(past('clientsMax', 2));
    expect(refused.err).toContain('dial another server, or try again later');
    const second = await startServer(['-j', url]);
    const listed = () => circuit(['ls', '-d', second.url, '/']);
    await until(async () => (await listed()).out.includes(path), 'the second has joined');
    // And through it, everything can be done there.
    for (const text of ['one', 'two']) {
      const sent = await circuit(['send', `${path}/a`, '-d', second.url], { input: text });
      expect(sent).toMatchObject({ code: 0 });
    }
    const received = await Promise.all(waiting.map(({ ended }) => ended));
    expect(received.map(({ out }) => out).sort()).toEqual(['one', 'two']);
    await until(async () => (await circuit(['ls', '-d', url, '/'])).code === 0, 'there is room');
  });

  test('takes so many calls at a time', async () => {
    const { url, path } = await serverWith('callsMax=64', 'callsInFlightMax=64');
    const host = await nodeHost({ client: true });
    const [one, two] = [await connect(host, url), await connect(host, url)];
    const chan = await one.walk(`${path}/a`).makeChan(0);
    const received = Array.from({ length: 64 }, () => chan.receive().catch(() => undefined));
    const refusal = (client: Client) =>
      client
        .walk(`${path}/a`)
        .kind()
        .then(
          () => undefined,
          (error: CircuitError) => error.message,
        );
    await until(
      async () => (await refusal(two))?.includes('at this server (limit callsMax: 64)') === true,
      'all are taken',
    );
    expect(await refusal(one)).toContain('on this connection (limit callsInFlightMax: 64)');
    await one.close();
    await Promise.all(received);
    await until(async () => (await refusal(two)) === undefined, 'there is room again');
    await two.close();
    await host.close();
  });
});

describe('circuit start --limit', () => {
  test.each([
    ['clientMax=3', 'there is no limit "clientMax"; did you mean "clientsMax"?'],
    ['nothingLikeIt=3', 'there is no limit "nothingLikeIt"; "circuit limits" lists them'],
    ['toString=3', 'there is no limit "toString"'],
    ['frameBytesMax=3', 'the limit frameBytesMax is the same for all servers'],
    ['clientsMax', '--limit clientsMax is not of the form NAME=VALUE'],
    ['clientsMax=', '--limit clientsMax= is no value: give a whole number from 1 to 1000000'],
    ['clientsMax=1.5', 'is no value'],
    ['clientsMax=-1', 'is no value'],
    ['clientsMax=abc', 'is no value: give a whole number from 1 to 1000000'],
    ['clientsMax=9'.padEnd(40, '9'), 'is no value'],
    ['clientsMax=3KiB', 'is no value: give a whole number'],
    ['=3', 'there is no limit ""'],
    ['', 'is not of the form NAME=VALUE'],
    ['clientsMax=0', 'is a whole number from 1 to 1000000, not 0'],
    ['clientsMax=1000001', 'not 1000001'],
    ['heldBytesMax=1023KiB', 'is a whole number from 1048576 to 1099511627776, not 1047552'],
    ['heldBytesMax=2TB', ', such as 1048576, 1024KiB or 1MiB'],
  ])('%s is refused', async (limit, said) => {
    const { code, err, out } = await circuit(['start', '--limit', limit]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(said);
  });

  test('twice of one name is refused, and takes none of the two', async () => {
    const twice = ['--limit', 'clientsMax=7', '--limit', 'peersMax=9', '--limit', 'clientsMax=7'];
    const { code, err } = await circuit(['start', ...twice]);
    expect([code, err]).toEqual([2, 'circuit: --limit clientsMax is given more than once\n']);
  });

  test('takes sizes with units', async () => {
    const { url, path } = await serverWith('heldBytesMax=2 MiB', 'clientsMax=7');
    const { out } = await circuit(['peek', '-d', url, path]);
    const { limits } = JSON.parse(out).Status;
    expect(limits.heldBytesMax.max).toBe(2 * 1024 * 1024);
    expect(limits.clientsMax).toEqual({ used: 1, max: 7 });
  });
});

test('circuit limits lists what may be changed, with --all everything, and as JSON', async () => {
  const short = (await circuit(['limits'])).out;
  expect(short).toMatch(/^clientsMax +\d+ {2}connections of clients; beyond: LIMIT/m);
  expect(short).toMatch(/^heldBytesMax +1 GiB {2}/m);
  expect(short).not.toContain('frameBytesMax');
  expect((await circuit(['limits', '--all'])).out).toMatch(/^frameBytesMax +1088 KiB {2}a frame/m);
  const json = JSON.parse((await circuit(['limits', '--json', '--all'])).out);
  expect(json.find(({ name }: { name: string }) => name === 'helloTimeoutMs')).toEqual({
    name: 'helloTimeoutMs',
    unit: 'ms',
    value: 5_000,
    what: 'how long a peer may take to introduce itself',
    beyond: 'the connection ends',
    range: [100, 600_000],
  });
  expect(json.find(({ name }: { name: string }) => name === 'frameBytesMax').range).toBe(null);
});
