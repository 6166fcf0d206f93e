/** DNS servers from the command line and by dig, on a server that is not the one dialled. */

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SimRandom } from '../../sim/random.ts';
import { connect as connectTo } from '../../src/index.ts';
import { nodeHost } from '../../transport/index.ts';
import {
  circuit,
  endAll,
  output,
  startServers,
  type TestServer,
  until,
} from '../support/circuit.ts';
import { dig } from '../support/dig.ts';
import { ownLoopback } from '../support/programs.ts';

let dial: string[];
let there: TestServer;
let made = 0;

beforeAll(async () => {
  const [first, , third] = await startServers(3);
  there = third as TestServer;
  dial = ['-d', (first as TestServer).url];
});

afterAll(endAll);

interface Names {
  readonly path: string;
  readonly address: string;
}

/** A fresh DNS server on another server, at any free port, with these records. */
async function names(...records: readonly string[]): Promise<Names> {
  const path = `${there.path}/dns/${made++}`;
  expect(await output(['mkdns', path, ...dial])).toBe('');
  const { Address } = await peek(path);
  for (const record of records) expect(await output(['set', path, record, ...dial])).toBe('');
  return { path, address: Address as string };
}

async function peek(path: string): Promise<Record<string, unknown>> {
  return JSON.parse(await output(['peek', path, ...dial]));
}

describe('the element', () => {
  test('is peeked with the fields of the original, records with tabs', async () => {
    const { path, address } = await names('miek.nl. 3600 IN MX 10 mx.miek.nl.', 'foo A 1.2.3.4');
    expect(await output(['peek', '--json', path, ...dial])).toBe(
      `{"Address":"${address}","Records":{"foo.":["foo.\\t3600\\tIN\\tA\\t1.2.3.4"],` +
        '"miek.nl.":["miek.nl.\\t3600\\tIN\\tMX\\t10 mx.miek.nl."]}}\n',
    );
    const listing = await output(['ls', '-l', `${path.replace(/\/\d+$/, '')}`, ...dial]);
    expect(listing).toContain(`dns ${path}\n`);
  });

  test('takes the address that it is given, and frees it at once when it is scrubbed', async () => {
    const path = `${there.path}/dns/${made++}`;
    await output(['mkdns', path, ownLoopback, ...dial]);
    const { Address: address } = (await peek(path)) as { Address: string };
    const again = `${path}/again`;
    for (let i = 0; i < 5; i++) {
      expect(await output(['scrub', i === 0 ? path : again, ...dial])).toBe('');
      expect(await output(['mkdns', again, address, ...dial])).toBe('');
      expect(await peek(again)).toEqual({ Address: address, Records: {} });
    }
    expect((await dig(address, 'a.')).status).toBe('NXDOMAIN');
    await output(['scrub', again, ...dial]);
    expect((await dig(address, 'a.', '+time=1')).status).toBeUndefined();
  });

  test('that cannot listen is not there, and says why', async () => {
    const { address } = await names();
    const path = `${there.path}/refused`;
    for (const [at, why] of [
      [address, 'is in use'],
      ['192.0.2.1:7711', '192.0.2.1 is not an address of this machine'],
    ] as const) {
      const { code, err } = await circuit(['mkdns', path, at, ...dial]);
      expect([code, err.split('\n').length]).toEqual([15, 2]);
      expect(err).toContain(why);
      expect((await circuit(['peek', path, ...dial])).code).toBe(4);
    }
    const { code, err } = await circuit(['mkdns', path, 'nonsense', ...dial]);
    expect([code, err]).toEqual([2, expect.stringContaining('write it as host:port')]);
  });

  test('two of them know nothing of each other', async () => {
    const [one, two] = [await names('a A 1.1.1.1'), await names('a A 2.2.2.2')];
    expect((await dig(one.address, 'a.')).answer).toEqual(['a. 3600 IN A 1.1.1.1']);
    expect((await dig(two.address, 'a.')).answer).toEqual(['a. 3600 IN A 2.2.2.2']);
  });

  test('set and unset need a DNS server, and a record or a name', async () => {
    const { path } = await names('a A 1.1.1.1');
    const chan = `${there.path}/chan`;
    await output(['mkchan', chan, '1', ...dial]);
    const wrong = await circuit(['set', chan, 'a A 1.1.1.1', ...dial]);
    expect([wrong.code, wrong.err]).toEqual([6, expect.stringContaining('needs a DNS server')]);
    expect((await circuit(['unset', `${path}/none`, 'a', ...dial])).code).toBe(4);
    const bad = await circuit(['set', path, 'a A 999.1.1.1', ...dial]);
    expect([bad.code, bad.err]).toEqual([2, expect.stringContaining('is not an IPv4 address')]);
    const alias = await circuit(['set', path, 'a CNAME b', ...dial]);
    expect([alias.code, alias.err]).toEqual([2, expect.stringContaining('a CNAME stands alone')]);
    const long = await circuit(['set', path, `a TXT ${'x'.repeat(66_000)}`, ...dial]);
    expect([long.code, long.err]).toEqual([14, expect.stringContaining('65536 bytes at most')]);
    expect((await peek(path))['Records']).toEqual({ 'a.': ['a.\t3600\tIN\tA\t1.1.1.1'] });
  });

  test('unset removes all records of a name, in any case; an unknown name is no error', async () => {
    const { path, address } = await names('a A 1.1.1.1', 'a TXT x', 'b A 1.1.1.1');
    expect(await output(['unset', path, 'nobody', ...dial])).toBe('');
    expect(await output(['unset', path, 'A.', ...dial])).toBe('');
    expect((await dig(address, 'a.')).status).toBe('NXDOMAIN');
    expect((await dig(address, 'b.')).status).toBe('NOERROR');
  });
});

describe('no defect of the original comes back:', () => {
  test('it answers by TCP as well', async () => {
    const { address } = await names('a A 1.1.1.1');
    const dug = await dig(address, '+tcp', 'a.');
    expect([dug.by, dug.answer]).toEqual(['TCP', ['a. 3600 IN A 1.1.1.1']]);
  });

  test('names are found whatever their case, and shown as they were set', async () => {
    const { address } = await names('Miek.NL. A 1.1.1.1');
    const dug = await dig(address, 'mIEK.nl.');
    expect(dug.question).toBe(';mIEK.nl. IN A');
    expect(dug.answer).toEqual(['Miek.NL. 3600 IN A 1.1.1.1']);
  });

  test('the type of the question counts', async () => {
    const { address } = await names('miek.nl. MX 10 mx.miek.nl.', 'miek.nl. TXT hello');
    expect(await dig(address, 'miek.nl.', 'A')).toMatchObject({ status: 'NOERROR', answer: [] });
    expect((await dig(address, 'miek.nl.', 'TXT')).answer).toEqual([
      'miek.nl. 3600 IN TXT "hello"',
    ]);
  });

  test('all records of a name and type are answered, and not the first alone', async () => {
    const { address } = await names('a A 1.1.1.1', 'a A 2.2.2.2', 'a A 3.3.3.3');
    expect((await dig(address, 'a.')).answer).toHaveLength(3);
  });

  test('an unknown name is answered, with NXDOMAIN', async () => {
    const { address } = await names('a A 1.1.1.1');
    const dug = await dig(address, 'unknown.');
    expect([dug.status, dug.flags]).toEqual(['NXDOMAIN', ['qr', 'aa', 'rd']]);
  });

  test('without an address it listens where its server does, and on no other interface', async () => {
    const { address } = await names('a A 1.1.1.1');
    const [host, port] = address.split(':');
    expect(there.url).toContain(`circuit://${host}:`);
    expect((await dig(`127.0.0.2:${port}`, 'a.', '+time=1')).status).toBeUndefined();
    const elsewhere = connect(Number(port), '127.0.0.2');
    const [error] = (await once(elsewhere, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNREFUSED');
  });

  test('a header of 12 bytes without a question is FORMERR, and the server lives', async () => {
    const { address, path } = await names('a A 1.1.1.1');
    expect((await dig(address, '+header-only', '+noedns')).status).toBe('FORMERR');
    expect((await dig(address, '+header-only', '+noedns', '+tcp')).status).toBe('FORMERR');
    expect((await dig(address, 'a.')).status).toBe('NOERROR');
    expect((await peek(path))['Address']).toBe(address);
  });

  test('a record that is set twice is there once, with the TTL of the second', async () => {
    const { address, path } = await names('foo A 1.1.1.1', 'foo. 60 IN A 1.1.1.1');
    expect((await peek(path))['Records']).toEqual({ 'foo.': ['foo.\t60\tIN\tA\t1.1.1.1'] });
    expect((await dig(address, 'foo.')).answer).toEqual(['foo. 60 IN A 1.1.1.1']);
  });

  test('a record that is none is one sentence, and not the stack of the server', async () => {
    const { path } = await names();
    for (const record of ['', 'x', 'a A', 'a 12345678901 A 1.1.1.1', '"']) {
      const { code, err } = await circuit(['set', path, record, ...dial]);
      expect([code, err.split('\n').length]).toEqual([2, 2]);
      expect(err).toContain('a record is such as');
    }
  });
});

/** Set and answered the same: the owner is `x.`, the TTL 3600. */
const types: readonly (readonly [string, string])[] = [
  ['A', '10.0.0.1'],
  ['AAAA', '2001:db8::1'],
  ['CNAME', 'y.'],
  ['MX', '10 mx.x.'],
  ['NS', 'ns.x.'],
  ['PTR', 'h.x.'],
  ['SOA', 'ns.x. first\\.last.x. 7 3600 600 86400 300'],
  ['SRV', '1 2 5060 sip.x.'],
  ['TXT', '"hello world" "quote \\" backslash \\\\ \\195\\169"'],
  ['TXT', `"${'x'.repeat(255)}" "${'x'.repeat(45)}"`],
  ['CAA', '0 issue "ca.example; a=b"'],
  ['HINFO', '"ARM" "Linux"'],
  ['SSHFP', '1 1 0123456789ABCDEF0123456789ABCDEF01234567'],
  ['TLSA', '3 1 1 00FF'],
  ['SPF', '"v=spf1 -all"'],
  ['TYPE731', '\\# 3 ABCDEF'],
];

describe('answers', () => {
  test.each(types)('%s %s', async (type, text) => {
    const { address } = await names(`x. 3600 IN ${type} ${text}`);
    const dug = await dig(address, 'x.', type);
    expect(dug.text).not.toContain('malformed');
    expect([dug.status, dug.answer]).toEqual(['NOERROR', [`x. 3600 IN ${type} ${text}`]]);
  });

  test('have the addresses of mail servers beside them', async () => {
    const { address } = await names('a MX 10 mx.a', 'mx.a A 1.1.1.1', 'mx.a AAAA ::1');
    const { additional } = await dig(address, 'a.', 'MX');
    expect(additional).toEqual(['mx.a. 3600 IN A 1.1.1.1', 'mx.a. 3600 IN AAAA ::1']);
  });

  test('follow CNAMEs, as far as there are any, and not in a circle', async () => {
    const { address } = await names(
      ...['www CNAME web', 'web CNAME host', 'host A 1.1.1.1'],
      ...['out CNAME far.away', 'c1 CNAME c2', 'c2 CNAME c1'],
    );
    expect((await dig(address, 'www.')).answer).toEqual([
      ...['www. 3600 IN CNAME web.', 'web. 3600 IN CNAME host.', 'host. 3600 IN A 1.1.1.1'],
    ]);
    expect((await dig(address, 'out.')).answer).toEqual(['out. 3600 IN CNAME far.away.']);
    expect(await dig(address, 'c1.')).toMatchObject({
      ...{ status: 'NOERROR', answer: ['c1. 3600 IN CNAME c2.', 'c2. 3600 IN CNAME c1.'] },
    });
  });

  test('stand for any name below a wildcard that does not exist', async () => {
    const { address } = await names('*.a A 1.1.1.1', 'b.a TXT x', 'c.d.a A 2.2.2.2');
    expect((await dig(address, 'X.y.a.')).answer).toEqual(['X.y.a. 3600 IN A 1.1.1.1']);
    expect(await dig(address, 'b.a.')).toMatchObject({ status: 'NOERROR', answer: [] });
    expect(await dig(address, 'd.a.')).toMatchObject({ status: 'NOERROR', answer: [] });
    expect((await dig(address, 'x.d.a.')).status).toBe('NXDOMAIN');
  });

  test('are codes where there is nothing to say', async () => {
    const { address } = await names('a A 1.1.1.1', 'a 900 SOA ns.a. m.a. 1 2 3 4 60');
    const soa = ['a. 60 IN SOA ns.a. m.a. 1 2 3 4 60'];
    const status = async (...words: string[]) => (await dig(address, ...words)).status;
    expect(await dig(address, 'x.a.')).toMatchObject({ status: 'NXDOMAIN', authority: soa });
    expect(await dig(address, 'a.', 'MX')).toMatchObject({ status: 'NOERROR', authority: soa });
    expect(await status('elsewhere.')).toBe('REFUSED');
    expect(await status('-c', 'CH', 'a.')).toBe('REFUSED');
    for (const transfer of ['AXFR', 'IXFR=1']) {
      expect((await dig(address, 'a.', transfer, '+tcp')).text).toContain('Transfer failed');
    }
    expect(await status('a.', 'MAILB')).toBe('NOTIMP');
    expect(await status('+opcode=status', 'a.')).toBe('NOTIMP');
    expect(await status('+opcode=update', 'a.')).toBe('NOTIMP');
    expect(await status('-c', 'ANY', 'a.')).toBe('NOERROR');
  });
});

describe('sizes', () => {
  const addresses = Array.from({ length: 60 }, (_, i) => `10.0.0.${i + 1}`);
  let address: string;

  beforeAll(async () => {
    let path: string;
    ({ address, path } = await names());
    const client = await connectTo(await nodeHost({ client: true }), dial[1] as string);
    for (const each of addresses) await client.walk(path).dns().set(`big A ${each}`);
    await client.close();
  });

  test('what does not fit into 512 bytes is cut, and got by TCP', async () => {
    const cut = await dig(address, 'big.', '+noedns', '+ignore');
    expect([cut.by, cut.flags.includes('tc'), cut.answer]).toEqual(['UDP', true, []]);
    expect(cut.bytes).toBeLessThanOrEqual(512);
    const whole = await dig(address, 'big.', '+noedns');
    expect([whole.by, whole.flags.includes('tc'), whole.answer.length]).toEqual(['TCP', false, 60]);
  });

  test('by EDNS a client takes more, up to 1,232 bytes', async () => {
    const whole = await dig(address, 'big.', '+bufsize=1232');
    expect([whole.by, whole.answer.length]).toEqual(['UDP', 60]);
    expect(whole.edns).toContain('version: 0, flags:; udp: 1232');
    const cut = await dig(address, 'big.', '+bufsize=700', '+ignore');
    expect([cut.flags.includes('tc'), cut.bytes <= 700]).toEqual([true, true]);
    expect(cut.edns).toContain('udp: 1232');
    expect((await dig(address, 'big.', '+noedns', '+tcp')).edns).toBeUndefined();
  });

  test('the wish for DNSSEC is repeated, and a version that is not known is BADVERS', async () => {
    expect((await dig(address, 'big.', '+dnssec')).edns).toContain('flags: do;');
    const dug = await dig(address, 'big.', '+edns=1', '+noednsneg');
    expect([dug.status, dug.answer]).toEqual(['BADVERS', []]);
    expect((await dig(address, 'big.', '+edns=1')).answer).toHaveLength(60);
  });

  test('questions that follow each other on one connection are all answered', async () => {
    const words = ['big.', 'A', 'none.', 'A', 'big.', 'TXT', '+tcp', '+keepopen'];
    const { text } = await dig(address, ...words);
    expect(text.match(/status: [A-Z]+/g)).toEqual([
      ...['status: NOERROR', 'status: NXDOMAIN', 'status: NOERROR'],
    ]);
  });
});

describe('junk', () => {
  test('thousands of packets and 200 streams of junk later it answers as before', async () => {
    const { address, path } = await names('a A 1.1.1.1', '*.b CNAME a', 'a MX 1 a');
    const [host, port] = address.split(':') as [string, string];
    const random = new SimRandom('junk for a name server');
    const socket = createSocket('udp4');
    socket.on('message', () => {});
    // The kernel loses what the server has no time to take: until enough were counted.
    await until(async () => {
      for (let i = 0; i < 2_000; i++) {
        socket.send(junk(random), Number(port), host);
        if (i % 100 === 99) await new Promise(setImmediate);
      }
      // The question may be lost as well.
      await until(
        async () => (await dig(address, 'a.', '+time=2')).status === 'NOERROR',
        'it is answered',
      );
      const { Dropped } = (await peek(there.path)) as { Dropped: { queries: number } };
      return Dropped.queries > 10_000;
    }, 'junk is counted');
    for (let i = 0; i < 200; i++) {
      const stream = connect(Number(port), host);
      stream.on('error', () => {});
      const parts = Array.from({ length: random.below(20) }, () => junk(random));
      const framed = i % 2 === 0 ? parts.map(frame) : parts;
      stream.write(Buffer.concat(framed));
      if (i % 3 === 0) stream.resetAndDestroy();
      else if (i % 3 === 1) stream.end();
    }
    for (const by of ['+notcp', '+tcp']) {
      const dug = await dig(address, 'x.b.', by);
      expect(dug.answer).toEqual(['x.b. 3600 IN CNAME a.', 'a. 3600 IN A 1.1.1.1']);
    }
    socket.close();
    expect(Object.keys((await peek(path))['Records'] as object)).toEqual(['*.b.', 'a.']);
  });
});

const real = Buffer.from('123401000001000000000001016100000100010000290fa0000000000000', 'hex');

/** Random bytes, or a real query that is damaged, cut short or lengthened. */
function junk(random: SimRandom): Uint8Array {
  const bytes = random.bytes(random.below(120));
  if (random.below(2) === 0) return bytes;
  const query = Buffer.concat([real, random.below(4) === 0 ? bytes : Buffer.alloc(0)]);
  for (let i = 0; i < 1 + random.below(4); i++) {
    query[random.below(query.length)] = random.below(256);
  }
  return query.subarray(0, query.length - (random.below(3) === 0 ? random.below(20) : 0));
}

function frame(message: Uint8Array): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}
