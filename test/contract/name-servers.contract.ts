import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { SimHost } from '../../sim/host.ts';
import type { Host, NameServer } from '../../src/host/index.ts';
import { type Address, joinAddress, parseAddress, splitAddress } from '../../src/id.ts';
import { ownLoopback } from '../support/programs.ts';
import type { WorldUnderTest } from './worlds.ts';

type By = 'udp' | 'tcp';

/** A name server that answers with each byte one higher, and nothing to an empty message. */
interface Served {
  readonly server: NameServer;
  readonly heard: string[];
  address: Address | undefined;
  reason: string | undefined;
}

export function describeNameServers(world: WorldUnderTest): void {
  const ownAddress = (host: Host, port = 0) =>
    joinAddress(splitAddress(host.streams.address).host, port);

  /** Any port, which is free later if it is free now: see `ownLoopback` of the programs of tests. */
  const reusable = (host: Host) =>
    world.name === 'real' ? parseAddress(ownLoopback) : ownAddress(host);

  function serve(host: Host, address: Address): Served {
    const heard: string[] = [];
    const server = host.nameServers.listen(address, {
      listening(bound) {
        served.address = bound;
        heard.push('listening');
      },
      failed(reason) {
        served.reason = reason;
        heard.push('failed');
      },
      message(bytes, by) {
        heard.push(`${by} ${bytes.join()}`);
        return bytes.length === 0 ? undefined : bytes.map((byte) => byte + 1);
      },
    });
    const served: Served = { server, heard, address: undefined, reason: undefined };
    return served;
  }

  async function settled(served: Served): Promise<Served> {
    await world.until(() => served.heard.length > 0);
    return served;
  }

  /** Sends one message. The function that it returns is to be called in the end. */
  function begin(
    from: Host,
    to: Address,
    bytes: Uint8Array,
    by: By,
    got: (answer: Uint8Array) => void,
  ): () => void {
    if (world.name === 'real') return (by === 'udp' ? askUdp : askTcp)(to, bytes, got);
    (from as SimHost).nameServers.ask(to, bytes, by, got);
    return () => {};
  }

  /** The network of these tests loses nothing. */
  async function ask(from: Host, to: Address, bytes: Uint8Array, by: By): Promise<Uint8Array> {
    const answers: Uint8Array[] = [];
    const end = begin(from, to, bytes, by, (answer) => answers.push(answer));
    await world.until(() => answers.length > 0);
    end();
    return answers[0] as Uint8Array;
  }

  describe('name servers', () => {
    test.each<By>(['udp', 'tcp'])(
      'a message by %s is heard, and its answer comes back',
      async (by) => {
        const [host, client] = [await world.open(), await world.open()];
        const { address, heard } = await settled(serve(host, ownAddress(host)));
        expect(splitAddress(address as Address).host).toBe(splitAddress(host.streams.address).host);
        expect(splitAddress(address as Address).port).toBeGreaterThan(0);
        const answer = await ask(client, address as Address, Uint8Array.of(1, 2, 3), by);
        expect([...answer]).toEqual([2, 3, 4]);
        expect(heard).toEqual(['listening', `${by} 1,2,3`]);
      },
    );

    test('nothing is told from within listen', async () => {
      const host = await world.open();
      const served = serve(host, ownAddress(host));
      expect(served.heard).toEqual([]);
      await settled(served);
    });

    test('a message without an answer gets none, and the next one does', async () => {
      const [host, client] = [await world.open(), await world.open()];
      const { address, heard } = await settled(serve(host, ownAddress(host)));
      const to = address as Address;
      const end = begin(client, to, new Uint8Array(0), 'tcp', () => heard.push('answered'));
      await world.until(() => heard.includes('tcp '));
      await ask(client, to, Uint8Array.of(7), 'tcp');
      end();
      expect(heard).toEqual(['listening', 'tcp ', 'tcp 7']);
    });

    test('a port that is in use is refused, and who has it keeps it', async () => {
      const [host, client] = [await world.open(), await world.open()];
      const first = await settled(serve(host, ownAddress(host)));
      const second = await settled(serve(host, first.address as Address));
      expect(second.heard).toEqual(['failed']);
      expect(second.reason).toContain('in use');
      await ask(client, first.address as Address, Uint8Array.of(1), 'udp');
    });

    test('the port of the server itself is in use', async () => {
      const host = await world.open();
      const served = await settled(serve(host, host.streams.address));
      expect(served.reason).toContain('in use');
    });

    test('an address that is not of this machine is refused', async () => {
      const host = await world.open();
      const served = await settled(serve(host, joinAddress('192.0.2.1', 7711)));
      expect(served.reason).toContain('192.0.2.1 is not an address of this machine');
    });

    test('close frees the port at once, and nothing is heard from then on', async () => {
      const [host, client] = [await world.open(), await world.open()];
      const first = await settled(serve(host, reusable(host)));
      first.server.close();
      const second = await settled(serve(host, first.address as Address));
      expect(second.heard).toEqual(['listening']);
      await ask(client, first.address as Address, Uint8Array.of(1), 'udp');
      await ask(client, first.address as Address, Uint8Array.of(2), 'tcp');
      expect(first.heard).toEqual(['listening']);
    });

    test('closed before it listens it tells nothing, and the port is free', async () => {
      const host = await world.open();
      const free = await settled(serve(host, reusable(host)));
      free.server.close();
      const address = free.address as Address;
      const first = serve(host, address);
      first.server.close();
      first.server.close();
      let second = await settled(serve(host, address));
      // The one that was closed may have had the port for a moment.
      for (let i = 0; i < 100 && second.reason !== undefined; i++) {
        second = await settled(serve(host, address));
      }
      expect(second.heard).toEqual(['listening']);
      expect(first.heard).toEqual([]);
    });

    test('all of them close with their host, whose successor may have their ports', async () => {
      const [host, client] = [await world.open(), await world.open()];
      const first = await settled(serve(host, reusable(host)));
      host.nameServers.close();
      const again = await world.reopen(host);
      const address = joinAddress(
        splitAddress(reusable(again)).host,
        splitAddress(first.address as Address).port,
      );
      const second = await settled(serve(again, address));
      await ask(client, address, Uint8Array.of(1), 'tcp');
      expect(second.heard).toEqual(['listening', 'tcp 1']);
      expect(first.heard).toEqual(['listening']);
    });
  });
}

function askUdp(to: Address, bytes: Uint8Array, got: (answer: Uint8Array) => void): () => void {
  const { host, port } = splitAddress(to);
  const socket = createSocket('udp4');
  socket.on('message', got);
  socket.send(bytes, port, host);
  return () => socket.close();
}

function askTcp(to: Address, bytes: Uint8Array, got: (answer: Uint8Array) => void): () => void {
  const { host, port } = splitAddress(to);
  const socket = connect(port, host);
  let received = Buffer.alloc(0);
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    if (received.length < 2 || received.length < 2 + received.readUInt16BE()) return;
    got(received.subarray(2, 2 + received.readUInt16BE()));
  });
  socket.write(Uint8Array.of(bytes.length >> 8, bytes.length & 255, ...bytes));
  return () => socket.destroy();
}
