/**
 * The door of a host with keys, its dialling, and what is between two such hosts, over sockets of the
 * loopback. The first byte says who is hostile: a stranger at the door, one who is dialled, or
 * somebody between two honest hosts who cuts, changes, repeats and holds up what they say.
 *
 * Whatever is said, a stranger gets nothing, is counted once and forgotten; what arrives between
 * honest hosts is the beginning of what was said, and all of it where an end was told; and whoever
 * has the key comes in afterwards.
 */

import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { parseAddress } from '../../../src/id.ts';
import { limits } from '../../../src/limits.ts';
import { Guard } from '../../../transport/security/guard.ts';
import { parseKeys } from '../../../transport/security/keys.ts';
import { takesKeysOnly, wantsTls } from '../../../transport/security/strangers.ts';
import { Vault } from '../../../transport/security/vault.ts';
import { NodeStreams } from '../../../transport/tcp.ts';
import { TcpConnection } from '../../../transport/tcp-connection.ts';
import type { Draw } from '../draw.ts';
import { law, type Target } from '../target.ts';
import { quiet, until, watched } from '../watched.ts';
import { Passage, tamperings } from './tls-passage.ts';
import { clientHello, record } from './tls-records.ts';

const ring = parseKeys(Buffer.alloc(32, 7).toString('base64'), 'FILE');
const silent = { write() {} };
const loopback = '127.0.0.1';
/** What an honest client says, and gets back. */
const speech = Uint8Array.from({ length: 300 }, (_, index) => index & 255);

/** How one connection between honest hosts went, at one end. */
interface Told {
  received: number[];
  closed: string[];
}

/** What all inputs of a thread share: making it takes longer than using it. */
class Scene {
  readonly vaults = { server: new Vault(silent, ring), client: new Vault(silent, ring) };
  readonly #streams = new NodeStreams(this.vaults.client);
  readonly #door = new Guard(this.vaults.server).door((line) => {
    this.admitted++;
    const told: Told = { received: [], closed: [] };
    this.heard = told;
    new TcpConnection(line, (self) => ({
      received(bytes) {
        told.received.push(...bytes);
        self.write(bytes.slice());
      },
      drained() {},
      closed: (reason) => told.closed.push(reason),
    }));
  }, limits.helloTimeoutMs);
  readonly #server = createServer((raw) => {
    this.arrived++;
    this.door.knock(raw, parseAddress(`${loopback}:${raw.remotePort ?? 0}`));
  });
  /** For who is dialled and is hostile, or is between. */
  readonly #other = createServer({ allowHalfOpen: true }, (raw) => this.#dialled(raw));
  #dialled: (raw: Socket) => void = () => {};
  /** Since the scene was made: who knocked, and who came in. */
  arrived = 0;
  admitted = 0;
  /** Of who came in last. */
  heard: Told = { received: [], closed: [] };

  get door() {
    return this.#door;
  }

  static async make(): Promise<Scene> {
    const scene = new Scene();
    for (const server of [scene.#server, scene.#other]) {
      await new Promise<void>((resolve) => server.listen(0, loopback, resolve));
      server.unref();
    }
    return scene;
  }

  get port(): number {
    return portOf(this.#server);
  }

  counted(): number {
    const counts = [this.vaults.server, this.vaults.client].map(({ refused }) => refused);
    return counts.flatMap((each) => Object.values(each)).reduce((sum, count) => sum + count, 0);
  }

  /** An honest host dials who listens there, says what it has to say, and ends once it is echoed. */
  converse(port: number): Told {
    const told: Told = { received: [], closed: [] };
    const connection = this.#streams.dial(parseAddress(`${loopback}:${port}`), {
      received(bytes) {
        told.received.push(...bytes);
        if (told.received.length === speech.length) connection.end();
      },
      drained() {},
      closed: (reason) => told.closed.push(reason),
    });
    connection.write(speech);
    return told;
  }

  /** What is dialled with `converse` is answered by that. */
  answered(how: (raw: Socket) => void): number {
    this.#dialled = how;
    return portOf(this.#other);
  }

  /** Nobody is at the door, or has a connection. */
  async empty(): Promise<void> {
    for (const server of [this.#server, this.#other]) {
      await until(
        () => new Promise((resolve) => server.getConnections((_, n) => resolve(n === 0))),
      );
    }
    // Sockets tell that they are closed once they are.
    await turn();
    law(this.#door.close().length === 0, 'the door keeps somebody who is gone');
  }
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

let made: Promise<Scene> | undefined;

async function run(input: Uint8Array): Promise<string> {
  made ??= Scene.make();
  const scene = await made;
  const [mode = 0] = input;
  const script = input.subarray(1);
  const outcome = await [stranger, dialled, between][mode % 3]?.(scene, script);
  await scene.empty();
  await honest(scene);
  return `${outcome}`;
}

/** Whoever has the key comes in, says what it wants, and nothing is counted. */
async function honest(scene: Scene): Promise<void> {
  const before = scene.counted();
  const told = scene.converse(scene.port);
  await until(() => told.closed.length > 0);
  await scene.empty();
  law(isSpeech(told.received), 'an honest host does not get in');
  law(isSpeech(scene.heard.received), 'what an honest host says does not arrive');
  law(scene.heard.closed.join() === 'ended', 'an honest end is not told');
  law(scene.counted() === before, 'an honest host was counted as another');
}

function isSpeech(received: readonly number[]): boolean {
  return received.length === speech.length && isBeginning(received);
}

function isBeginning(received: readonly number[]): boolean {
  return received.every((byte, index) => byte === speech[index]);
}

/** Says the pieces one after the other, with a turn of the event loop where they are empty. */
async function say(socket: Socket, script: Uint8Array): Promise<number> {
  let said = 0;
  for (let at = 0; at + 2 <= script.length; ) {
    const length = ((script[at] ?? 0) << 8) | (script[at + 1] ?? 0);
    const piece = script.subarray(at + 2, at + 2 + length);
    at += 2 + length;
    if (piece.length === 0) await turn();
    else if (!socket.destroyed) socket.write(piece);
    said += piece.length;
  }
  return said;
}

/** Somebody without the key at the door. */
async function stranger(scene: Scene, script: Uint8Array): Promise<string> {
  const { refused } = scene.vaults.server;
  const before = { ...refused };
  const { admitted, arrived } = scene;
  const answer: number[] = [];
  let events = 0;
  const socket = connect({ port: scene.port, host: loopback, allowHalfOpen: true });
  socket.on('error', () => {});
  socket.on('data', (bytes) => {
    answer.push(...bytes);
    events++;
  });
  socket.on('end', () => events++);
  await until(() => scene.arrived > arrived);
  const said = await say(socket, script);
  await quiet(() => events + socket.bytesWritten);
  if ((said & 1) === 0) socket.resetAndDestroy();
  else socket.end();
  await until(() => socket.readableEnded || socket.destroyed);
  socket.destroy();
  await scene.empty();
  law(scene.admitted === admitted, 'somebody came in without the key');
  const counts = Object.entries(refused).filter(([why, count]) => {
    return count > (before[why as keyof typeof before] ?? 0);
  });
  const total = counts.reduce((sum, [why, count]) => {
    return sum + count - (before[why as keyof typeof before] ?? 0);
  }, 0);
  law(total === (said === 0 ? 0 : 1), `a stranger was counted ${total} times`);
  const first = firstOf(script);
  if (first !== undefined && !wantsTls(Uint8Array.of(first))) {
    const whole = answer.every((byte, index) => byte === takesKeysOnly[index]);
    law(whole && answer.length <= takesKeysOnly.length, 'a stranger in plain text is told more');
  } else law(answer.length < 4_096, 'a stranger is told much');
  return `stranger ${counts.map(([why]) => why).join()} ${answer.slice(0, 1)} ${answer.length >> 5}`;
}

function firstOf(script: Uint8Array): number | undefined {
  for (let at = 0; at + 2 < script.length; at += 2) {
    if (((script[at] ?? 0) << 8) + (script[at + 1] ?? 0) > 0) return script[at + 2];
  }
  return undefined;
}

/** An honest host dials somebody who is no host. */
async function dialled(scene: Scene, script: Uint8Array): Promise<string> {
  const before = scene.counted();
  let over = false;
  const port = scene.answered((raw) => {
    let events = 0;
    raw.on('error', () => {});
    raw.on('data', () => events++);
    void say(raw, script).then(async () => {
      await quiet(() => events + raw.bytesWritten);
      raw.end();
      over = true;
    });
  });
  const told = scene.converse(port);
  await until(() => told.closed.length > 0 && over);
  law(told.received.length === 0, 'something was received of who has no key');
  const [reason = ''] = told.closed;
  law(reason !== 'ended' && reason !== 'local', `no fault is told of who has no key: ${reason}`);
  const counted = scene.counted() - before;
  law(counted <= 1, `who was dialled was counted ${counted} times`);
  return `dialled ${reason} ${counted}`;
}

/** Somebody between two honest hosts. */
async function between(scene: Scene, script: Uint8Array): Promise<string> {
  const planned = [...tamperings(script)];
  const { admitted, arrived } = scene;
  let passages: readonly Passage[] = [];
  let sockets: readonly Socket[] = [];
  const port = scene.answered((raw) => {
    const far = connect({ port: scene.port, host: loopback, allowHalfOpen: true });
    sockets = [raw, far];
    passages = [
      new Passage(
        raw,
        far,
        planned.filter(({ way }) => way === 'toServer'),
      ),
      new Passage(
        far,
        raw,
        planned.filter(({ way }) => way === 'toClient'),
      ),
    ];
  });
  const told = scene.converse(port);
  await until(() => scene.arrived > arrived);
  const touched = () => passages.some((passage) => passage.touched);
  const events = () => passages.reduce((sum, each) => sum + each.events, told.closed.length);
  await until(() => touched() || told.closed.length > 0);
  if (touched()) await quiet(events);
  if (touched()) for (const socket of sockets) socket.destroy();
  await until(() => told.closed.length > 0);
  await scene.empty();
  const heard = scene.admitted > admitted ? scene.heard : { received: [], closed: ['kept out'] };
  law(isBeginning(heard.received), 'what nobody said arrived at the server');
  law(isBeginning(told.received), 'what nobody said arrived at the client');
  law(told.closed.length === 1 && heard.closed.length === 1, 'a connection was over twice');
  const ended = heard.closed[0] === 'ended';
  law(!ended || isSpeech(heard.received), 'an end was told before all had arrived');
  law(touched() || ended, 'what nobody touched did not arrive');
  return `between ${told.closed} ${heard.closed} ${told.received.length > 0}`;
}

function generate(draw: Draw): Uint8Array {
  const mode = draw.below(3);
  if (mode === 2) {
    const plan = Array.from({ length: draw.below(4) }, () => [
      ...[draw.below(16), draw.below(draw.oneIn(3) ? 3 : 1), draw.below(256), draw.below(256)],
    ]);
    return Uint8Array.of(mode, ...plan.flat());
  }
  const records = Array.from({ length: 1 + draw.below(3) }, () => {
    const type = draw.pick([20, 21, 22, 23, 24]);
    return draw.oneIn(3)
      ? record(type, draw.exactly(draw.below(12)))
      : clientHello(draw, ring[0]?.id ?? '');
  });
  const said = Buffer.concat(records);
  const cut = draw.oneIn(3) ? draw.below(said.length) : said.length;
  const pieces = [said.subarray(0, cut), said.subarray(cut)].map((piece) => [
    ...[piece.length >> 8, piece.length & 255],
    ...piece,
  ]);
  return Uint8Array.of(mode, ...pieces.flat(), ...(draw.boolean() ? [0, 0] : []));
}

export const tlsDoor: Target = {
  ...{ name: 'tls-door', covers: [], share: 0.01, bytesBase: 32 * 1024 * 1024 },
  words: [ring[0]?.id ?? '', '\u0016\u0003\u0001', '\u0015\u0003\u0003\u0000\u0002\u0002'],
  generate,
  run: (input) => watched(() => run(input)),
};
