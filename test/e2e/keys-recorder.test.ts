/**
 * A circuit of real servers on loopback, whose datagrams are recorded, and then repeated, cut, changed
 * and sent to others, also to a server that has started again: nothing of it is believed, all of it is
 * counted where `circuit peek` shows it. The servers are in this process, so that packets can be sent
 * with the addresses of others.
 */

import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { type Address, parseAddress } from '../../src/id.ts';
import { parseCircuitUrl, type Server, startServer } from '../../src/index.ts';
import { type NodeHost, nodeHost } from '../../transport/index.ts';
import { type KeyRing, parseKeys } from '../../transport/security/keys.ts';
import { openUdp } from '../../transport/udp.ts';
import { endAll, output, until } from '../support/circuit.ts';
import { KeyFiles, keyed } from '../support/key-files.ts';
import { ownLoopback } from '../support/programs.ts';
import { type Recorded, Recorder } from '../support/recorder.ts';

interface Member {
  readonly host: NodeHost;
  readonly server: Server;
  readonly address: Address;
  /** What it saw of the others, as it happened. */
  readonly seen: string[];
}

const members: Member[] = [];

afterEach(async () => {
  for (const { server, host } of members.splice(0)) {
    server.stop();
    await host.close();
  }
  await endAll();
});

async function member(keys: KeyRing, listen?: Address): Promise<Member> {
  const host = await nodeHost({ keys, ...(listen === undefined ? {} : { listen }) });
  const seen: string[] = [];
  const server = startServer(host, {
    observe: (event) => {
      if (event.type === 'joined' || event.type === 'left') seen.push(JSON.stringify(event));
    },
  });
  const one = { host, server, address: host.datagrams.address, seen };
  members.push(one);
  return one;
}

async function join(server: Server, url: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.join(parseCircuitUrl(url), (error) => (error ? reject(error) : resolve()));
  });
}

const turnedAway = ({ host }: Member) =>
  host.security.refused.forged + host.security.refused.replayed;

/** Some of them, of all lengths and ways. */
function some(packets: readonly Recorded[], count: number): Recorded[] {
  const step = Math.max(1, Math.floor(packets.length / count));
  return packets.filter((_, i) => i % step === 0).slice(0, count);
}

test('what is recorded is worth nothing, whatever is done with it, and each attempt is counted', async () => {
  using files = new KeyFiles();
  using recorder = new Recorder();
  const file = files.write(await files.key());
  const keys = parseKeys(readFileSync(file, 'utf8'), file);
  const own = parseAddress(ownLoopback);
  const [a, b, c] = [await member(keys), await member(keys, own), await member(keys)];
  await join(b.server, a.server.url);
  await join(c.server, a.server.url);
  const all = [a, b, c];
  const ls = (one: Member) => output(['ls', '/', '-d', one.server.url], keyed(file));
  const listing = all
    .map(({ server }) => `/${server.id}\n`)
    .sort()
    .join('');
  for (const one of all) await until(async () => (await ls(one)) === listing, 'all see all');
  // Who they are they tell each other at the start, and not again and again.
  const isNotice = ({ bytes }: Recorded) => (bytes[0] as number) >> 6 === 2;
  await until(() => {
    const last = recorder.packets.slice(-60);
    return last.length === 60 && !last.some(isNotice);
  }, 'there is traffic to record, and nobody tells any more who he is');
  // A notice that comes too late, on a busy machine, counts as replayed.
  expect(all.map(({ host }) => host.security.refused.forged)).toEqual([0, 0, 0]);
  const seen = all.map((one) => one.seen.length);
  const recording = [...recorder.packets];

  /** Sends these to their receivers, and waits until all were turned away. */
  const attack = async (packets: readonly Recorded[]) => {
    for (const packet of packets) {
      const victim = members.find(({ address }) => address === packet.to) as Member;
      const before = turnedAway(victim);
      // Each may be lost, even here.
      await until(() => turnedAway(victim) > before || !recorder.inject(packet), 'it is counted');
    }
  };
  const bound = recording.filter(({ bytes }) => Buffer.from(bytes).readUInt32BE(9) !== 0);
  await attack(some(bound, 30));
  await attack(some(recording, 30).map((one) => ({ ...one, bytes: one.bytes.slice(0, -1) })));
  await attack(some(recording, 30).map((one) => ({ ...one, bytes: flipped(one.bytes) })));
  await attack(some(recording, 30).map((one) => ({ ...one, from: thirdOf(one, all).address })));
  await attack(some(recording, 30).map((one) => ({ ...one, to: thirdOf(one, all).address })));

  const stranger = await openUdp('127.0.0.1', 0);
  const strange = some(recording, 30);
  const before = all.map(turnedAway).reduce((sum, count) => sum + count);
  const beforeHere = turnedAway(a);
  await until(() => {
    const now = all.map(turnedAway).reduce((sum, count) => sum + count);
    if (now >= before + strange.length + 30 && turnedAway(a) >= beforeHere + 30) return true;
    for (const { to, bytes } of strange) stranger.send(to, bytes);
    for (let i = 0; i < 30; i++) {
      stranger.send(a.address, crypto.getRandomValues(new Uint8Array(99)));
    }
    return false;
  }, 'all of a stranger is counted');
  stranger.close();

  expect(all.map((one) => one.seen.length)).toEqual(seen);
  for (const one of all) expect(await ls(one)).toBe(listing);
  let refused: Record<string, number> = {};
  await until(async () => {
    const text = await output(['peek', `/${a.server.id}`, '-d', a.server.url], keyed(file));
    refused = JSON.parse(text).Status.security.refused;
    return isDeepStrictEqual(refused, { ...a.host.security.refused });
  }, 'peek shows what is counted');
  // Which of the two random bytes count as is a matter of the boots that they name by chance.
  expect(refused['forged']).toBeGreaterThan(0);
  expect(refused['replayed']).toBeGreaterThan(0);

  // Bob starts again, at the same address: what was recorded for the former is nothing to the new.
  b.server.stop();
  await b.host.close();
  members.splice(members.indexOf(b), 1);
  const again = await member(keys, b.address);
  const forFormer = bound.filter(({ to, from }) => to === again.address && from !== b.address);
  await attack(some(forFormer, 30));
  expect(again.seen.length).toBe(1); // Itself.
  expect(again.host.security.refused.replayed).toBeGreaterThanOrEqual(
    Math.min(30, forFormer.length),
  );
  await join(again.server, a.server.url);
  await until(async () => (await ls(a)).includes(again.server.id), 'the new one is a member');
});

/** Some bit of the sealed part is another. */
function flipped(bytes: Uint8Array): Uint8Array {
  const changed = bytes.slice();
  const at = 17 + (bytes.length % 16);
  changed[at] = (changed[at] as number) ^ 0x10;
  return changed;
}

/** Who neither sent it nor gets it. */
function thirdOf({ from, to }: Recorded, all: readonly Member[]): Member {
  return all.find(({ address }) => address !== from && address !== to) as Member;
}
