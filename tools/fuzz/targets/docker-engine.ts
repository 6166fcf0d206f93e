/**
 * A container of an engine that answers whatever it likes: over the loopback, and by the
 * same client library as with a real one. What comes of it is told in order and once, in types that
 * are what they say, and every question is answered.
 *
 * An input is a script of answers: which request it is for, how it is said, a length of two bytes, and
 * so many bytes. Requests for which there is none are answered as an engine does.
 */

import { type AddressInfo, createServer, type Socket } from 'node:net';
import Docker from 'dockerode';
import type { ContainerEvents, Output } from '../../../src/host/index.ts';
import { ContainerEngine } from '../../../transport/container-engine.ts';
import { NodeContainers } from '../../../transport/containers.ts';
import type { Draw } from '../draw.ts';
import { bytesOf, law, type Target } from '../target.ts';
import { quiet, until, watched } from '../watched.ts';

/** Requests by the number in scripts, and what an engine says to them. */
const requests = [
  { is: /^POST \S*\/containers\/create\?/, answer: json(201, '{"Id":"abc","Warnings":[]}') },
  { is: /^POST \S*\/attach\?.*stdout/, answer: upgrade(new Uint8Array(0)) },
  { is: /^POST \S*\/attach\?/, answer: upgrade(new Uint8Array(0)) },
  { is: /^POST \S*\/wait/, answer: json(200, '{"StatusCode":3}') },
  { is: /^POST \S*\/start/, answer: json(204, '') },
  { is: /^GET \S*\/json/, answer: json(200, '{"Id":"abc","State":{"Status":"exited"}}') },
  { is: /^POST \S*\/kill/, answer: json(204, '') },
  { is: /^DELETE /, answer: json(204, '') },
] as const;

const ATTACH_STDOUT = 1;
const ATTACH_STDERR = 2;
const WAIT = 3;

/** What a script may say of an answer, besides. */
const TURNED = 128;
const STATUS = [200, 204, 404, 409, 500, 304] as const;
const host = '127.0.0.1';
const ANSWERS_MAX = 40;
/** Until what the engine leaves unsaid is given up. */
const answerMs = 100;

function json(status: number, body: string | Uint8Array): Uint8Array {
  const bytes = typeof body === 'string' ? bytesOf(body) : body;
  const head = `HTTP/1.1 ${status} X\r\nContent-Type: application/json\r\n`;
  const length = status === 204 ? '' : `Content-Length: ${bytes.length}\r\n`;
  return joined(bytesOf(`${head}${length}\r\n`), status === 204 ? new Uint8Array(0) : bytes);
}

function chunked(body: Uint8Array): Uint8Array {
  const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
  return joined(bytesOf(`${head}${body.length.toString(16)}\r\n`), body, bytesOf('\r\n0\r\n\r\n'));
}

function upgrade(stream: Uint8Array): Uint8Array {
  const head = 'HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n';
  return joined(bytesOf(head), stream);
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

interface Answer {
  readonly to: number;
  readonly bytes: Uint8Array;
  readonly after: 'stays' | 'ends' | 'breaks';
}

function* answersIn(input: Uint8Array): Generator<Answer> {
  for (let at = 0, count = 0; at + 4 <= input.length && count < ANSWERS_MAX; count++) {
    const [to = 0, how = 0, high = 0, low = 0] = input.subarray(at, at + 4);
    const rest = input.subarray(at + 4, at + 4 + ((high & 15) << 8) + low);
    at += 4 + ((high & 15) << 8) + low;
    const number = to % requests.length;
    yield { to: number, bytes: said(how & 15, rest), after: afterOf(number, how) };
  }
}

/** What has a length leaves the connection to the next request, unless it is told to end. */
function afterOf(to: number, how: number): Answer['after'] {
  if ((how & 15) === 9) return 'breaks';
  const isStream = to === ATTACH_STDOUT || to === ATTACH_STDERR;
  return isStream === ((how & TURNED) !== 0) ? 'stays' : 'ends';
}

function said(how: number, rest: Uint8Array): Uint8Array {
  if (how < STATUS.length) return json(STATUS[how] ?? 200, rest);
  if (how === 6) return upgrade(rest);
  if (how === 7) return chunked(rest);
  if (how === 8) return rest;
  if (how === 9) return joined(upgrade(rest));
  return json(201, rest);
}

/** One a thread. */
class FakeEngine {
  readonly client: Docker;
  readonly #sockets = new Set<Socket>();
  #answers: Answer[] = [];
  /** Told with each thing that happens on a connection. */
  events = 0;

  static async make(): Promise<FakeEngine> {
    const server = createServer((socket) => engine.#serve(socket));
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    server.unref();
    const { port } = server.address() as AddressInfo;
    const engine = new FakeEngine(new Docker({ protocol: 'http', host, port, timeout: 0 }));
    return engine;
  }

  private constructor(client: Docker) {
    this.client = client;
  }

  begin(answers: readonly Answer[]): void {
    this.#answers = [...answers];
  }

  /** It stops in the midst of all that it was about to say; from now on it answers as an engine. */
  breakOff(): void {
    this.#answers = [];
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    let text = '';
    socket.on('error', () => {});
    socket.on('close', () => {
      this.events++;
      this.#sockets.delete(socket);
    });
    socket.on('data', (bytes) => {
      this.events++;
      text += bytes.toString('latin1');
      for (;;) {
        const request = /^([A-Z]+ [^\r]*)\r\n(?:[^\r]+\r\n)*\r\n/.exec(text);
        if (request === null) return;
        const length = Number(/\r\ncontent-length: (\d+)/i.exec(request[0])?.[1] ?? 0);
        if (text.length < request[0].length + length) return;
        text = text.slice(request[0].length + length);
        this.#answer(socket, request[1] ?? '');
      }
    });
  }

  #answer(socket: Socket, line: string): void {
    const to = requests.findIndex(({ is }) => is.test(line));
    const at = this.#answers.findIndex((answer) => answer.to === to);
    const [answer] = at < 0 ? [] : this.#answers.splice(at, 1);
    const usual = requests[to]?.answer ?? json(404, '{"message":"no such page"}');
    socket.write(answer?.bytes ?? usual);
    if (answer?.after === 'breaks') socket.destroy();
    else if (answer?.after === 'ends') socket.end();
  }
}

let made: Promise<FakeEngine> | undefined;

async function run(input: Uint8Array): Promise<string> {
  made ??= FakeEngine.make();
  const engine = await made;
  engine.begin([...answersIn(input)]);
  const containers = new NodeContainers(new ContainerEngine(engine.client, { answerMs }));
  const told: string[] = [];
  let output = 0;
  const read = (from: Output) => {
    for (let part = container.read(from, 100); part; part = container.read(from, 100)) {
      output += part.length;
    }
  };
  const tell = (what: string) => {
    judge(told, what);
    told.push(what);
  };
  const events: ContainerEvents = {
    started: () => tell('started'),
    failed: (reason) => tell(textual('failed', reason)),
    exited: (code) => {
      law(Number.isSafeInteger(code), `an exit code is ${code}`);
      tell('exited');
    },
    lost: (reason) => tell(textual('lost', reason)),
    readable: (from) => {
      law(told.length > 0, 'output of what has not started');
      read(from);
    },
    ended: (from) => tell(`ended ${from}`),
    drained: () => {},
    stdinClosed: () => {},
  };
  const command = { image: 'a', volumes: [], env: [], args: [] } as never;
  const container = containers.run(command, events);
  const questions = new Questions();
  await quiet(() => engine.events + told.length);
  container.write(Uint8Array.of(104, 105));
  container.signal('TERM', questions.ask());
  container.inspect(questions.ask());
  await quiet(() => engine.events + told.length + questions.answered);
  for (const from of ['stdout', 'stderr'] as const) read(from);
  container.endStdin();
  container.inspect(questions.ask());
  await quiet(() => engine.events + told.length + questions.answered);
  engine.breakOff();
  await until(() => told[0] !== undefined);
  container.remove(questions.ask());
  await until(() => questions.answered === questions.asked);
  containers.close();
  engine.breakOff();
  await quiet(() => engine.events + told.length);
  return `${told.join()} ${questions.answers.join()} ${output > 0}`;
}

/** What may follow what was told. */
function judge(told: readonly string[], what: string): void {
  const isBegin = what === 'started' || what === 'failed';
  law((told.length === 0) === isBegin, `${what} follows ${told.join() || 'nothing'}`);
  law(!told.includes(what), `${what} is told twice`);
  law(!['failed', 'lost'].includes(told.at(-1) ?? ''), `${what} follows the end`);
  if (what.startsWith('ended')) law(told.includes('exited'), 'an output ends before its container');
}

function textual(what: string, reason: unknown): string {
  law(typeof reason === 'string' && reason !== '', `${what} for no reason`);
  return what;
}

/** What was asked, and that each is answered once, by an object or by why not. */
class Questions {
  asked = 0;
  readonly answers: string[] = [];

  get answered(): number {
    return this.answers.length;
  }

  ask(): (...answer: readonly unknown[]) => void {
    this.asked++;
    let isAnswered = false;
    return (...answer) => {
      law(!isAnswered, 'a question is answered twice');
      isAnswered = true;
      const refusal = answer.at(-1) as { type: string; reason: unknown } | undefined;
      if (refusal !== undefined) textual('a refusal', refusal.reason);
      const [state] = answer.length > 1 ? answer : [];
      if (answer.length > 1 && refusal === undefined) {
        const isObject = typeof state === 'object' && state !== null && !Array.isArray(state);
        law(isObject && !ArrayBuffer.isView(state), 'a state is no object');
      }
      this.answers.push(refusal?.type ?? 'done');
    };
  }
}

function frames(draw: Draw): Uint8Array {
  const all = draw.list(4, () => {
    const part = draw.bytes(30);
    return [1 + draw.below(2), 0, 0, 0, 0, 0, 0, part.length, ...part];
  });
  return Uint8Array.from(all.flat());
}

function body(draw: Draw): Uint8Array {
  const text = draw.pick([
    ...['{"Id":"abc"}', '{"StatusCode":0}', '{"StatusCode":137,"Error":null}', '{"Id":7}', '[]'],
    ...['{"message":"No such image: a"}', '{"message":{"toString":1}}', '{"State":null}', 'null'],
    ...['{"State":{"Status":"running","Pid":1}}', '"text"', '7', '', '{', '{"StatusCode":"1"}'],
  ]);
  return bytesOf(text);
}

function exit(draw: Draw): Uint8Array {
  const code = draw.pick(['0', '137', '"1"', '1.5', 'null', '-1', '1e300', '[0]']);
  return bytesOf(`{"StatusCode":${code}}`);
}

function generate(draw: Draw): Uint8Array {
  const answers = Array.from({ length: 1 + draw.below(5) }, () => {
    const to = draw.below(requests.length);
    const isStream = to === ATTACH_STDOUT || to === ATTACH_STDERR;
    const usual = isStream ? 6 : draw.pick([0, 7]);
    const how = (draw.oneIn(3) ? draw.below(12) : usual) | (draw.oneIn(4) ? TURNED : 0);
    const isExit = to === WAIT && draw.boolean();
    const bytes = isStream ? frames(draw) : isExit ? exit(draw) : body(draw);
    return [to, how, bytes.length >> 8, bytes.length & 255, ...bytes];
  });
  return Uint8Array.from(answers.flat());
}

export const dockerEngine: Target = {
  ...{ name: 'docker-engine', covers: [], share: 0.01, bytesBase: 32 * 1024 * 1024 },
  words: ['"StatusCode"', '"Id"', '"State"', '"message"', 'HTTP/1.1 200', '\r\n\r\n', 'chunked'],
  generate,
  run: (input) => watched(() => run(input)),
};
