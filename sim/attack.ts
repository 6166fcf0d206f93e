/**
 * Sends junk. Without keys, a server believes whoever says what makes sense; so what is promised
 * is that garbage does no harm, and not that lies do none. Therefore what is sent here makes no
 * sense, or asks and changes nothing: packets that decode to nothing, and connections of clients,
 * which call only what reads. Whoever says of itself that it is a server would be lying.
 */

import { decodePacket } from '../src/discovery/packet.ts';
import type { ServerId } from '../src/id.ts';
import { limits } from '../src/limits.ts';
import { decodeDatagram } from '../src/membership/message.ts';
import { Frame, writeTarget } from '../src/rpc/frames.ts';
import { helloCodec, NO_NAME } from '../src/rpc/hello.ts';
import { methodNames, methodNumber, requestCodec } from '../src/rpc/method.ts';
import { Session } from '../src/rpc/session.ts';
import { decode, type Reader, Writer } from '../src/wire/codec.ts';
import { Frames } from '../src/wire/frame.ts';
import { MAGIC, PROTOCOL_VERSION } from '../src/wire/version.ts';
import type { SimHost } from './host.ts';
import type { Junk, PacketHow, StreamHow } from './junk.ts';
import type { Machine } from './machine.ts';
import { SimRandom } from './random.ts';
import type { World } from './world.ts';

/** Who sends what to whom. */
export interface Attack {
  /** The name of the host that it comes from. */
  readonly from: string;
  readonly junk: Junk;
  readonly salt: number;
}

/** How often something that does no harm is looked for. */
const TRIES = 20;
/** What asks, and changes nothing. */
const harmless: ReadonlySet<string> = new Set([
  ...['list', 'peek', 'kind', 'members', 'stats', 'journal'],
]);
const CALLS = 4;
const PINGS = 500;
const frameTypes = Object.values(Frame);

/** Begins it. `server`: the one that runs there. */
export function attack(
  world: World,
  victim: Machine,
  server: ServerId | undefined,
  { from, junk, salt }: Attack,
): void {
  const attacker = world.host(from) ?? world.addHost(from);
  const random = new SimRandom(`junk ${salt}`);
  for (let number = 0; number < junk.count; number++) {
    const own = random.fork(String(number));
    world.after(number * junk.everyUs, () => send(world, { attacker, victim, server }, junk, own));
  }
}

interface Sides {
  readonly attacker: SimHost;
  readonly victim: Machine;
  readonly server: ServerId | undefined;
}

function send(world: World, sides: Sides, junk: Junk, random: SimRandom): void {
  const { attacker, victim } = sides;
  const { network } = world;
  const { overheard } = network;
  switch (junk.type) {
    case 'datagrams': {
      const isJunk = (bytes: Uint8Array) => decodeDatagram(bytes) === undefined;
      const bytes = packet(junk.how, overheard?.datagrams ?? [], random, isJunk);
      const { machines } = network;
      const source = junk.spoofed ? machines[random.below(machines.length)] : attacker.machine;
      network.datagram(source as Machine, victim, bytes);
      break;
    }
    case 'multicasts': {
      const isJunk = (bytes: Uint8Array) => decodePacket(bytes) === undefined;
      const bytes = packet(junk.how, overheard?.multicasts ?? [], random, isJunk);
      for (const member of network.group(junk.group)) {
        network.datagram(attacker.machine, member.host.machine, bytes, member);
      }
      break;
    }
    default:
      converse(world, sides, junk, random);
  }
}

const ignored = { received: () => {}, drained: () => {}, closed: () => {} };

/** One that is junk; nothing when none was found. */
function packet(
  how: PacketHow,
  recorded: readonly Uint8Array[],
  random: SimRandom,
  isJunk: (bytes: Uint8Array) => boolean,
): Uint8Array {
  for (let tried = 0; tried < TRIES; tried++) {
    const bytes = made(recorded.length === 0 ? 'random' : how, recorded, random);
    if (isJunk(bytes)) return bytes;
  }
  return new Uint8Array(0);
}

function made(how: PacketHow, recorded: readonly Uint8Array[], random: SimRandom): Uint8Array {
  if (how === 'random') {
    const bytes = random.bytes(random.below(1_200));
    // Mostly one that begins as ours do.
    if (bytes.length > 0 && random.below(4) > 0) bytes[0] = random.below(16);
    return bytes;
  }
  const real = recorded[random.below(recorded.length)] as Uint8Array;
  if (how === 'cut') return real.slice(0, random.below(real.length));
  if (how === 'longer') return Uint8Array.of(...real, ...random.bytes(1 + random.below(8)));
  return flipped(real, random);
}

function flipped(real: Uint8Array, random: SimRandom): Uint8Array {
  const bytes = real.slice();
  for (let flips = 1 + random.below(4); flips > 0 && bytes.length > 0; flips--) {
    const at = random.below(bytes.length);
    bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
  }
  return bytes;
}

function converse(
  world: World,
  { attacker, victim, server }: Sides,
  { how, openUs }: Extract<Junk, { type: 'connections' }>,
  random: SimRandom,
): void {
  const recorded = world.network.overheard?.streams ?? [];
  const said = speech({ how, recorded, server }, random);
  const connection = attacker.streams.dial(victim.address, ignored);
  if (how === 'deaf') connection.pause();
  // In two parts, between which a frame may be cut.
  const cut = random.below(said.length + 1);
  connection.write(said.slice(0, cut));
  world.after(random.below(50_000), () => connection.write(said.slice(cut)));
  world.after(openUs, () => connection.reset());
}

interface Speech {
  readonly how: StreamHow;
  readonly recorded: readonly Uint8Array[];
  readonly server: ServerId | undefined;
}

/** What is said, which changes nothing. */
function speech(what: Speech, random: SimRandom): Uint8Array {
  for (let tried = 0; tried < TRIES; tried++) {
    const said = words(what, random);
    if (isHarmless(said)) return said;
  }
  return new Uint8Array(0);
}

function words({ how, recorded, server }: Speech, random: SimRandom): Uint8Array {
  switch (how) {
    case 'silent':
      return new Uint8Array(0);
    case 'half':
      return Uint8Array.of(0, 0, 1 + random.below(3), 0, ...random.bytes(random.below(100)));
    case 'random':
      return random.bytes(1 + random.below(2_000));
    case 'garbage':
      return many(random, () =>
        frame(random.below(20), random.below(9), random.bytes(random.below(60))),
      );
    case 'disorder':
      return many(random, () => sensible(server, random));
    case 'changed': {
      const real = recorded[random.below(Math.max(1, recorded.length))] ?? random.bytes(40);
      return Uint8Array.of(...introduction(), ...flipped(real, random));
    }
    default:
      return joined([
        introduction(),
        ...Array.from({ length: PINGS }, () => frame(Frame.PING, 0, none)),
      ]);
  }
}

const none = new Uint8Array(0);
const client = { server: undefined, url: '', expects: undefined, circuit: NO_NAME };

function many(random: SimRandom, one: () => Uint8Array): Uint8Array {
  return joined([introduction(), ...Array.from({ length: 1 + random.below(20) }, one)]);
}

/** A frame that could be sent at another time; of calls, mostly one that goes on and on. */
function sensible(server: ServerId | undefined, random: SimRandom): Uint8Array {
  const any = frameTypes[random.below(frameTypes.length)] as number;
  const type = random.below(3) === 0 ? Frame.OPEN : any;
  const call = 1 + 2 * random.below(CALLS);
  if (type !== Frame.OPEN) return frame(type, call, random.bytes(random.below(12)));
  const writer = new Writer();
  const goesOn = random.below(4) > 0;
  writer.u8(random.below(2));
  writer.varint(goesOn ? methodNumber('journal') : random.below(methodNames.length));
  writeTarget(writer, server);
  writer.varint(random.below(70_000));
  if (goesOn) requestCodec('journal').write(writer, { from: 0, follow: true });
  else writer.raw(random.bytes(random.below(20)));
  return frame(type, call, writer.take());
}

function frame(type: number, call: number, rest: Uint8Array): Uint8Array {
  const writer = new Writer();
  writer.u32(0);
  writer.u8(type);
  writer.varint(call);
  writer.raw(rest);
  writer.patchU32(0, writer.length - 4);
  return writer.take();
}

function introduction(): Uint8Array {
  const writer = new Writer();
  writer.u32(MAGIC);
  helloCodec.write(writer, { version: PROTOCOL_VERSION, ...client });
  return frame(Frame.HELLO, 0, writer.take());
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const writer = new Writer();
  for (const part of parts) writer.raw(part);
  return writer.take();
}

/**
 * Whether nobody who hears it is told of a server, or asked for anything that changes something.
 * Each frame is judged by itself: what ends one session may be passed over in another.
 */
function isHarmless(said: Uint8Array): boolean {
  let harm = false;
  const read = (frame: Reader) => {
    const whole = frame.rest();
    const [type] = whole;
    if (type === Frame.HELLO) harm ||= isHarm([framed(whole)]);
    if (type === Frame.OPEN) harm ||= isHarm([introduction(), framed(whole)]);
    return true;
  };
  new Frames(limits.frameBytesMax).push(said.slice(), read);
  return !harm;
}

function framed(bytes: Uint8Array): Uint8Array {
  const writer = new Writer();
  writer.u32(bytes.length);
  writer.raw(bytes);
  return writer.take();
}

/** Whether a session that hears these frames is told, or asked for, what it must not. */
function isHarm(frames: readonly Uint8Array[]): boolean {
  let harm = false;
  const session = new Session({
    dialled: false,
    hello: { version: PROTOCOL_VERSION, ...client },
    output: { write: () => true, wake: () => {} },
    events: {
      admit: ({ server }) => {
        harm ||= server !== undefined;
      },
      greeted: () => {},
      opened: (_call, { method, body }) => {
        const name = methodNames[method];
        const isSense = name !== undefined && decode(requestCodec(name), body) !== undefined;
        harm ||= isSense && !harmless.has(name);
        return {};
      },
      noted: () => {},
      malformed: () => {},
      congested: () => {},
      finished: () => {},
    },
  });
  for (const frame of frames) session.received(frame);
  return harm;
}
