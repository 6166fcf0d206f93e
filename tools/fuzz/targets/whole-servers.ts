/**
 * Two whole servers and two honest clients in a world of its own, while strangers on four
 * connections say what is valid, changed or garbage, in any order, do not read, and go as they like.
 * An honest channel keeps its order all the time, and nothing is lost on it. Once the strangers are
 * gone and what they made is scrubbed, each gauge of the servers is at its rest value again; and of
 * servers that have stopped nothing is left, no timer and no connection.
 *
 * An input is a script: of each step one byte says what is done, by which connection and about which
 * server; then come the call, flags, a length, and so many bytes.
 */

import { inMacrotask, runPromises } from '../../../cli/macrotask.ts';
import type { SimHost } from '../../../sim/host.ts';
import { World } from '../../../sim/world.ts';
import { type Client, connect } from '../../../src/client/client.ts';
import { CircuitError } from '../../../src/errors.ts';
import type { Connection } from '../../../src/host/index.ts';
import { parseCircuitUrl, type ServerId } from '../../../src/id.ts';
import { Frame } from '../../../src/rpc/frames.ts';
import { type MethodName, methodNames, methodNumber } from '../../../src/rpc/method.ts';
import { type Server, startServer } from '../../../src/server/server.ts';
import { MS, SECOND } from '../../../src/time.ts';
import type { Draw } from '../draw.ts';
import { Broken, law, same, type Target } from '../target.ts';
import { requestOf } from './requests.ts';
import { frameOf, WAIT } from './sessions.ts';

const CONNECTIONS = 4;
const STEPS_MAX = 120;
/** Flags of `what`, beside the type of the frame and the connection. */
const OTHER = 64;
const PACKET = 128;
/** Of a DATA frame: its bytes come so often. */
const LONG = 128;
const LONG_TIMES = 64;

const MIB = 1024 * 1024;
/** As small as they may be, so that scripts come to them. */
const limits = {
  ...{ callsMax: 64, anchorsMax: 12, elementsMax: 6, clientsMax: 3, waitingCallsMax: 2 },
  ...{ unsentBytesMax: MIB, unsentAllBytesMax: MIB, heldBytesMax: MIB, channelBytesMax: 4_096 },
  ...{ channelWaitersMax: 3, subscriptionsMax: 1, selectsMax: 2, processesMax: 2 },
};

/** What is over by then: a stranger that says nothing, and a liar that is looked for in vain. */
const REST_US = 40 * SECOND;
/** Until nothing of a server is left that has stopped: the last words and files of all it knew. */
const OVER_US = 90 * SECOND;

const ignored = { received: () => {}, drained: () => {}, closed: () => {} };

/** What is waited for in virtual time. */
const PATIENCE_US = 20 * SECOND;

class Siege {
  readonly world = new World({ seed: 'fuzz', drain: runPromises });
  readonly hosts: readonly SimHost[];
  readonly servers: readonly Server[];
  readonly #clients: Client[] = [];
  readonly #stranger: SimHost;
  readonly #connections: Connection[] = [];
  /** Servers that were told to stop. */
  readonly #stopped = new Set<Server>();
  /** Somebody made a server believe something about the other: nothing about the two holds then. */
  #deceived = false;
  readonly #accepted: string[] = [];
  readonly #received: string[] = [];
  readonly #strange: unknown[] = [];

  constructor() {
    this.hosts = ['n1', 'n2'].map((name) => this.world.addHost(name));
    this.servers = this.hosts.map((host) => {
      const server: Server = startServer(host, {
        limits,
        observe: (event) => {
          if (event.type === 'stopped') this.#stopped.add(server);
        },
      });
      return server;
    });
    this.#stranger = this.world.addHost('a1');
    const [first, second] = this.servers as [Server, Server];
    first.join(parseCircuitUrl(second.url), () => {});
    this.world.runFor(SECOND);
  }

  run(script: Uint8Array): string {
    this.#clients.push(...this.servers.map((server) => this.#connected(server)));
    const [first, second] = this.#clients as [Client, Client];
    const place = `/${this.servers[0]?.id}/honest`;
    const made = this.#settled(first.walk(place).makeChan(3));
    law(made.error === undefined, 'an honest client makes no channel');
    this.#receive(second, place);
    this.world.runFor(SECOND);
    const rest = this.#gauges();
    for (let number = 0; number < CONNECTIONS; number++) this.#dial(number);
    const steps = [...stepsOf(script)];
    for (const [number, step] of steps.entries()) {
      this.#take(step);
      this.world.runFor(MS);
      this.#send(first, place, String(number));
      this.#deceived ||= this.servers.some((each) => each.membership().size !== 2);
    }
    const { flags = 0 } = steps.at(-1) ?? {};
    if ((flags & 1) === 0) for (const each of this.#connections) each.reset();
    else this.#stranger.crash();
    this.world.runFor(SECOND);
    const ended = this.#stopped.size > 0;
    const outcome = `${ended ? 'stopped' : this.#deceived ? 'deceived' : 'stands'}`;
    if (!ended) {
      this.#clean();
      this.world.runFor(REST_US);
      this.#compare(rest);
    }
    this.#close();
    if (!ended && !this.#deceived) {
      same(this.#received, this.#accepted, 'the honest channel lost, repeated or moved a message');
    }
    if (this.#strange.length > 0) throw this.#strange[0];
    return outcome;
  }

  #take({ type, connection, call, flags, rest, other, packet }: Step): void {
    const [first, second] = this.servers.map(({ id }) => id) as [ServerId, ServerId];
    const line = this.#connections[connection] as Connection;
    if (packet) {
      const to = this.hosts[other ? 1 : 0] as SimHost;
      to.datagrams.arrived(this.#stranger.streams.address, rest);
    } else if (type !== WAIT) {
      const isLong = type === Frame.DATA && (flags & LONG) !== 0;
      const body = isLong ? repeated(rest) : rest;
      line.write(frameOf({ type, call, flags, rest: body }, other ? second : first));
    } else {
      const way = flags >> 4;
      if (way === 15) this.#dial(connection);
      else if (way === 14) line.reset();
      else if (way === 13) line.end();
      else if (way === 12) line.pause();
      else if (way === 11) line.resume();
      else this.world.runFor((flags & 15) * (SECOND / 8));
    }
  }

  #dial(number: number): void {
    this.#connections[number]?.reset();
    const to = this.hosts[number & 1] as SimHost;
    this.#connections[number] = this.#stranger.streams.dial(to.streams.address, ignored);
  }

  #connected(server: Server): Client {
    const host = this.world.addHost(`h${this.#clients.length}-${server.id}`);
    const { value } = this.#settled(connect(host, server.url));
    law(value !== undefined, 'an honest client does not come in');
    return value as Client;
  }

  #send(client: Client, place: string, text: string): void {
    client
      .walk(place)
      .chan()
      .send(text)
      .then(
        () => this.#accepted.push(text),
        (error) => this.#refused(error),
      );
  }

  #receive(client: Client, place: string): void {
    const next = (): Promise<void> =>
      client
        .walk(place)
        .chan()
        .receive()
        .then((bytes) => {
          this.#received.push(new TextDecoder().decode(bytes));
          return next();
        });
    next().catch((error) => this.#refused(error));
  }

  #refused(error: unknown): void {
    if (!(error instanceof CircuitError)) this.#strange.push(error);
  }

  /** Each honest client scrubs what strangers have made at its own server. */
  #clean(): void {
    for (const [number, client] of this.#clients.entries()) {
      const root = `/${this.servers[number]?.id}`;
      const { value, error } = this.#settled(client.walk(root).view({ recursive: true }));
      law(value !== undefined, `an honest client sees nothing: ${error}`);
      const others = (value ?? []).filter(({ path, kind }) => {
        return kind !== undefined && kind !== 'server' && !path.endsWith('/honest');
      });
      for (const { path } of others) {
        const done = this.#settled(client.walk(path).scrub({ kill: true }));
        law(done.error === undefined || isGone(done.error), `not scrubbed: ${done.error}`);
      }
    }
  }

  #compare(rest: readonly object[]): void {
    const now = this.#gauges();
    for (const [number, before] of rest.entries()) {
      const after = now[number] as Readonly<Record<string, unknown>>;
      for (const [name, value] of Object.entries(before)) {
        if (this.#deceived && ofTheTwo.has(name)) continue;
        law(after[name] === value, `${name} rests at ${value}, and is ${after[name]} afterwards`);
      }
    }
  }

  #gauges(): object[] {
    return this.#clients.map((client, number) => {
      const handle = client.walk(`/${this.servers[number]?.id}`).server();
      const peeked = this.#settled(handle.peek());
      const counted = this.#settled(handle.stats());
      if (peeked.value === undefined || counted.value === undefined) {
        throw new Broken(`a server tells nothing of itself: ${peeked.error ?? counted.error}`);
      }
      const { limits: inUse } = peeked.value.Status as { limits: Record<string, Used> };
      const { Anchors, Operations, Members, Sessions, Elements } = counted.value;
      const { spawner, streams } = this.hosts[number] as SimHost;
      return {
        ...Object.fromEntries(Object.entries(inUse).map(([name, { used = 0 }]) => [name, used])),
        ...{ Anchors, Members, Sessions, Pending: Operations.Pending, Relayed: Operations.Relayed },
        ...{ elements: JSON.stringify(Elements), processes: spawner.left },
        connections: streams.count,
      };
    });
  }

  /** All end; of who has stopped nothing goes on. */
  #close(): void {
    for (const client of this.#clients) void client.close();
    this.world.runFor(SECOND);
    for (const server of this.servers) server.stop();
    this.world.runFor(OVER_US);
    for (const { streams, clock, spawner } of this.hosts) {
      law(streams.count === 0, 'a server that has stopped keeps connections');
      law(spawner.left === 0, 'a server that has stopped keeps processes');
      law(clock.waiting === 0, 'a server that has stopped keeps timers');
    }
    law(this.world.pending === 0, 'something goes on once all have stopped');
  }

  /** What comes of it within some time. */
  #settled<T>(promise: Promise<T>): { value?: T; error?: unknown } {
    let settled: { value?: T; error?: unknown } | undefined;
    promise.then(
      (value) => {
        settled = { value };
      },
      (error) => {
        this.#refused(error);
        settled = { error };
      },
    );
    for (let us = 0; settled === undefined && us < PATIENCE_US; us += 10 * MS) {
      this.world.runFor(10 * MS);
    }
    law(settled !== undefined, 'an honest client waits in vain');
    return settled ?? {};
  }
}

interface Used {
  readonly used?: number;
}

/** What the two servers make of each other. */
const ofTheTwo: ReadonlySet<string> = new Set([
  ...['Members', 'Sessions', 'peersMax', 'connections', 'Pending', 'Relayed', 'callsMax'],
]);

function isGone(error: unknown): boolean {
  return error instanceof CircuitError && error.code === 'NO_SUCH_ANCHOR';
}

function repeated(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(Buffer.concat(Array.from({ length: LONG_TIMES }, () => bytes)));
}

interface Step {
  readonly type: number;
  readonly connection: number;
  /** It is about the second server. */
  readonly other: boolean;
  readonly packet: boolean;
  readonly call: number;
  readonly flags: number;
  readonly rest: Uint8Array;
}

function* stepsOf(input: Uint8Array): Generator<Step> {
  for (let at = 0, count = 0; at + 4 <= input.length && count < STEPS_MAX; count++) {
    const [what = 0, call = 0, flags = 0, length = 0] = input.subarray(at, at + 4);
    const rest = input.slice(at + 4, at + 4 + length);
    at += 4 + length;
    const [other, packet] = [(what & OTHER) !== 0, (what & PACKET) !== 0];
    yield { type: what & 15, connection: (what >> 4) & 3, call, flags, rest, other, packet };
  }
}

/** Few, so that strangers meet each other. */
const places = ['c', 'p', 'd/e'];
const begin: readonly MethodName[] = ['makeChan', 'makeProc', 'makeSubscription', 'makeSelect'];
const use: readonly MethodName[] = [
  ...(['send', 'receive', 'stdin', 'stdout', 'wait', 'scrub', 'list', 'journal'] as const),
  ...(['awaitSend', 'awaitReceive', 'trySend', 'peek', 'close', 'signal'] as const),
];
const programs = ['/bin/cat', '/bin/yes', '/bin/sleep', '/bin/true'];

/** A call that a client may make, and what belongs to it. */
function conversation(draw: Draw, connection: number, call: number): number[] {
  const who = (connection << 4) | (draw.oneIn(4) ? OTHER : 0);
  const method = draw.oneIn(6) ? draw.pick(methodNames) : draw.pick(draw.boolean() ? begin : use);
  const request = requestOf(draw, method, {
    path: draw.pick(places),
    capacity: draw.below(4),
    command: { Env: null, Dir: '', Path: draw.pick(programs), Args: ['9'], Scrub: draw.boolean() },
  }).subarray(0, 255);
  const flags = ((methodNumber(method) << 2) | draw.below(2)) & 255;
  const steps = [who | Frame.OPEN, call, flags, request.length, ...request];
  for (let more = draw.below(4); more > 0; more--) {
    const type = draw.pick([Frame.DATA, Frame.DATA, Frame.CREDIT, Frame.CANCEL, Frame.TAKE, WAIT]);
    const bytes = type === Frame.DATA ? draw.exactly(draw.below(200)) : [];
    const how = draw.pick([0, 1, LONG, LONG | 1, draw.below(256)]);
    steps.push(who | type, call, type === WAIT ? draw.below(4) : how, bytes.length, ...bytes);
  }
  return steps;
}

/** A message that is under way from one connection to another, when one of the two may go. */
function transfer(draw: Draw, call: number): number[] {
  const [from, to] = [draw.below(CONNECTIONS), draw.below(CONNECTIONS)];
  const open = (who: number, method: MethodName, own: number, flags: number) => {
    const request = requestOf(draw, method, { path: places[0], capacity: 0 }).subarray(0, 255);
    const how = (methodNumber(method) << 2) | flags;
    return [(who << 4) | Frame.OPEN, own, how, request.length, ...request];
  };
  const bytes = draw.exactly(100);
  const data = [(from << 4) | Frame.DATA, call + 2, LONG, bytes.length, ...bytes];
  const goes = ((draw.boolean() ? from : to) << 4) | WAIT;
  return [
    ...[...open(from, 'makeChan', call, 1), ...open(from, 'send', call + 2, 0)],
    ...[...open(to, 'receive', call + 4, 1), (to << 4) | WAIT, 0, 1, 0],
    ...[(to << 4) | Frame.TAKE, call + 4, 1, 0, ...(draw.boolean() ? data : [])],
    ...[goes, 0, draw.pick([12, 13, 14, 15]) << 4, 0],
  ];
}

function script(draw: Draw): Uint8Array {
  const hellos = Array.from({ length: CONNECTIONS }, (_, number) => {
    return [(number << 4) | Frame.HELLO, 0, draw.oneIn(12) ? 1 : 0, 0];
  });
  const calls = Array.from({ length: 1 + draw.below(8) }, (_, number) => {
    const connection = draw.below(CONNECTIONS);
    if (draw.oneIn(5)) return transfer(draw, 16 * number + 65);
    if (!draw.oneIn(6)) return conversation(draw, connection, 2 * number + 1);
    return [(connection << 4) | WAIT, 0, draw.below(256), 0];
  });
  return Uint8Array.from([...hellos, ...calls].flat()).subarray(0, 4_096);
}

export const wholeServers: Target = {
  ...{ name: 'whole-servers', covers: [], share: 0.006 },
  ...{ bytesBase: 64 * 1024 * 1024, bytesPerByte: 64 * 1024 },
  generate: script,
  run: (input) => inMacrotask(() => new Siege().run(input)),
};
