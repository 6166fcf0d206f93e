/** What people write, and JSON: at the command line, in files, and in requests. */

import { parseLine } from '../../../cli/completion/line.ts';
import { secondsOf } from '../../../cli/seconds.ts';
import { parametersFrom } from '../../../cli/sim/figures.ts';
import { checkSchedule } from '../../../sim/incident-check.ts';
import { ScenarioError } from '../../../sim/scenario.ts';
import { formatPath, parseNames, parsePath } from '../../../src/anchor/path.ts';
import { fromBase64, toBase64 } from '../../../src/base64.ts';
import { type Command, parseCommand } from '../../../src/element/command.ts';
import { containerOf, parseDockerCommand, warningOf } from '../../../src/element/docker-command.ts';
import { parseJson } from '../../../src/element/fields.ts';
import { parseSignal, signals } from '../../../src/element/signals.ts';
import {
  formatCircuitUrl,
  isAddress,
  isCircuitUrl,
  joinAddress,
  parseAddress,
  parseCircuitName,
  parseCircuitUrl,
  parseGroup,
  splitAddress,
} from '../../../src/id.ts';
import { limits } from '../../../src/limits.ts';
import { clauseJson, parseClauses } from '../../../src/select/clause.ts';
import type { Draw } from '../draw.ts';
import { bytesOf, law, parsed, same, type Target, textOf } from '../target.ts';

/** What the two sides of `parsed` come to, in a word. */
function told(result: object): string {
  return 'refused' in result ? String(result.refused) : 'accepted';
}

/** A parser of text, whose result `format` writes as what it reads again; all else is BAD_ARGUMENT. */
function textTarget<T>(
  name: string,
  how: {
    readonly covers: readonly string[];
    readonly words?: readonly string[];
    readonly parse: (text: string) => T;
    readonly format?: (value: T) => string;
    readonly text: (draw: Draw) => string;
  },
): Target {
  const { covers, words = [], parse, format, text } = how;
  return {
    ...{ name, covers, words, text: true },
    generate: (draw) => bytesOf(text(draw)),
    run(input) {
      const result = parsed(() => parse(textOf(input)), 'BAD_ARGUMENT', 'LIMIT', 'NO_SUCH_SERVER');
      if ('refused' in result || format === undefined) return told(result);
      same(parse(format(result.value)), result.value, 'what is written is not what is read');
      return 'accepted';
    },
  };
}

const path = textTarget('path', {
  covers: ['src/anchor/path.ts parsePath', 'src/anchor/path.ts parseNames'],
  words: ['/X0123456789abcdef', '//', '/../', '\u007f', '\ud800'],
  parse(text) {
    const names = parsed(() => parseNames(text), 'BAD_ARGUMENT');
    if ('value' in names) {
      law(names.value.length <= limits.pathDepthMax, 'a path is deeper than it may be');
      same(parseNames(names.value.join('/')), names.value, 'names are not the same once joined');
    }
    return parsePath(text);
  },
  format: formatPath,
  text: (draw) => `/${draw.oneIn(5) ? draw.text(8) : draw.server()}/${draw.path()}`,
});

const url = textTarget('url', {
  covers: ['src/id.ts parseCircuitUrl'],
  words: ['circuit://', '/1/Q0f12d4a914fdcedb', '[::1]:7', ' '],
  parse(text) {
    const value = parseCircuitUrl(text);
    if (isCircuitUrl(text)) same(parseCircuitUrl(text), value, 'a URL is read in two ways');
    return value;
  },
  format: formatCircuitUrl,
  text: (draw) => draw.url(),
});

const address = textTarget('address', {
  covers: ['src/id.ts parseAddress', 'src/id.ts parseGroup', 'src/id.ts parseCircuitName'],
  words: ['228.8.8.8:7711', '[::]:0', ':65536', '255.255.255.255:1'],
  parse(text) {
    const name = parsed(() => parseCircuitName(text), 'BAD_ARGUMENT');
    if ('value' in name) law(name.value.length <= 64, 'a name is longer than it may be');
    const group = parsed(() => parseGroup(text), 'BAD_ARGUMENT');
    if ('value' in group) law(isAddress(group.value), 'a group is no address');
    const value = parseAddress(text);
    const { host, port } = splitAddress(value);
    law(port >= 0 && port <= 65_535, 'a port is none');
    law(isAddress(joinAddress(host, port)), 'an address taken apart makes none');
    return value;
  },
  format: (value) => value,
  text: (draw) => draw.pick([draw.address(), '228.8.8.8:7711', '239.1.2.3:1', draw.circuit()]),
});

const words = textTarget('words', {
  covers: ['src/element/signals.ts parseSignal', 'cli/completion/line.ts parseLine'],
  words: ['SIG', 'SIGTERM', '\\', '"', "'", '1e9', '0.5', 'name=1e-3'],
  parse(text) {
    const line = parseLine(text);
    law(line.words.join('').length + line.current.length <= text.length, 'words grew');
    for (const word of text.split(/\s+/)) {
      const options = { name: '--timeout', min: 0, max: 1e9 };
      const seconds = parsed(() => secondsOf(word, options), 'BAD_ARGUMENT');
      if ('value' in seconds) law(seconds.value >= 0 && seconds.value <= 1e9, 'no such time');
      const settings = parsed(() => parametersFrom([word]), 'BAD_ARGUMENT');
      if ('value' in settings) {
        for (const value of Object.values(settings.value)) {
          law(typeof value === 'number' && !Number.isNaN(value), 'a setting is no number');
        }
      }
    }
    const signal = parseSignal(text);
    law(signals.has(signal), 'a signal is none');
    return signal;
  },
  text: (draw) =>
    draw.pick([
      'TERM',
      'sigkill',
      'circuit ls /X',
      '12.5',
      'a=1e3',
      draw.text(),
      'mkchan "a b" \\',
    ]),
});

const base64: Target = {
  ...{ name: 'base64', covers: [], text: true, words: ['==', '='] },
  generate: (draw) => bytesOf(toBase64(draw.bytes())),
  run(input) {
    const text = textOf(input);
    const value = fromBase64(text);
    const plain = new Uint8Array(Buffer.from(text, 'base64'));
    if (value === undefined) return 'refused';
    same(value, plain, 'base64 means something else here');
    same(fromBase64(toBase64(value)), value, 'what is written is not what is read');
    return 'accepted';
  },
};

/** JSON that is checked field by field. */
function jsonTarget<T>(
  name: string,
  how: Pick<Parameters<typeof textTarget<T>>[1], 'covers' | 'words' | 'format' | 'text'> & {
    readonly check: (json: unknown) => T;
  },
): Target {
  return textTarget(name, { ...how, parse: (text) => how.check(parseJson(text, 'the input')) });
}

export function commandOf(draw: Draw): Command {
  return {
    Env: draw.optional(() => draw.list(3, () => `A=${draw.text(4)}`)) ?? null,
    Dir: draw.pick(['', '/tmp', 'x']),
    Path: draw.pick(['/bin/cat', '/bin/sh', '/none']),
    Args: draw.optional(() => draw.list(3, () => draw.text(9))) ?? null,
    Scrub: draw.boolean(),
  };
}

const command = jsonTarget('json-command', {
  covers: ['src/element/command.ts parseCommand', 'src/element/fields.ts parseJson'],
  words: ['"Path"', '"Args"', '"Env"', 'null', '__proto__', '"path"', '\\u0000', '[[[['],
  check: parseCommand,
  format: (value) => JSON.stringify(value),
  text: (draw) => JSON.stringify(commandOf(draw)),
});

/** What mkdkr takes. */
export function containerText(draw: Draw): string {
  return JSON.stringify({
    ...{ Image: 'busybox', Memory: draw.integer(), CpuShares: draw.integer(300_000) },
    Volume: draw.optional(() =>
      draw.list(3, () => draw.pick(['/a', '/a:/b', '/a:/b:ro', ':', ''])),
    ),
    ...{ Lxc: null, Dir: '', Entry: '', Path: draw.pick(['', '/bin/ls']), Scrub: draw.boolean() },
    ...{ Args: draw.list(3, () => draw.text(9)), Env: draw.list(2, () => `A=${draw.text(4)}`) },
  });
}

const container = jsonTarget('json-container', {
  covers: ['src/element/docker-command.ts parseDockerCommand'],
  words: ['"Image"', '"Volume"', '"Memory"', '1e400', '-0', 'null', '"Lxc"'],
  check(json) {
    const value = parseDockerCommand(json);
    containerOf(value);
    warningOf(value);
    return value;
  },
  format: (value) => JSON.stringify(value),
  text: containerText,
});

/** What mkselect takes. */
export function clausesText(draw: Draw): string {
  return JSON.stringify(
    draw.list(4, () => {
      const op = draw.pick(['recv', 'send', 'exit', 'event', 'no']);
      const target = `/${draw.server()}/${draw.path()}`;
      if (op !== 'send') return { op, path: target };
      const content = draw.boolean()
        ? { message: draw.text(9) }
        : { base64: toBase64(draw.bytes(9)) };
      return { op, path: target, ...content };
    }),
  );
}

const clauses = jsonTarget('json-clauses', {
  covers: ['src/select/clause.ts parseClauses'],
  words: ['"op"', '"recv"', '"send"', '"path"', '"message"', '"base64"', '/X0123456789abcdef/hi'],
  check: parseClauses,
  // What it shows has other names for its fields than what it takes.
  format: (value) => JSON.stringify(value.map((clause) => lowered(clauseJson(clause)))),
  text: clausesText,
});

function lowered(fields: object): object {
  return Object.fromEntries(Object.entries(fields).map(([key, at]) => [key.toLowerCase(), at]));
}

const incidents = [
  { at: 1, type: 'start', host: 'n1' },
  { at: 2, type: 'pause', host: 'n1', forUs: 5 },
  { at: 3, type: 'split', groups: [['n1'], ['n2']], forUs: 5 },
  { at: 4, type: 'rule', rule: { type: 'loss', from: 'any', to: ['n1'], ratio: 0.5 }, forUs: 5 },
  { at: 5, type: 'clock', host: 'n1', change: { rate: 1.01 } },
  { at: 6, type: 'ailment', host: 'n1', ailment: { type: 'slow', eventUs: 5 }, forUs: 5 },
  { at: 7, type: 'faulty', hosts: ['n1'], forUs: 5 },
];

/** The schedule of a counter-example, as far as a machine can tell. */
const schedule: Target = {
  ...{ name: 'json-schedule', covers: [], text: true },
  words: [
    '"type"',
    '"at"',
    '"rule"',
    '"loss"',
    '"any"',
    '"forUs"',
    '__proto__',
    'constructor',
    'null',
  ],
  generate: (draw) => bytesOf(JSON.stringify(draw.list(5, () => draw.pick(incidents)))),
  run(input) {
    const json = parsed(() => parseJson(textOf(input), 'the input'), 'BAD_ARGUMENT');
    if ('refused' in json) return 'no JSON';
    try {
      checkSchedule(json.value);
      return 'accepted';
    } catch (error) {
      if (!(error instanceof ScenarioError)) throw error;
      return 'refused';
    }
  },
};

/** Records of name servers, of all types. */
export function recordText(draw: Draw): string {
  const name = draw.pick(['miek.nl.', '.', '*.a', 'a\\.b.c', '\\255x', 'A.b']);
  const data = draw.pick([
    ...['A 10.0.0.1', 'NS a.', 'CNAME b.c', 'PTR .', 'HINFO "a b" c', 'MX 10 mx.a.', 'SPF "v"'],
    ...[
      'TXT "a" b "\\000\\""',
      'AAAA ::1',
      'AAAA 1:2::3.4.5.6',
      'SRV 0 5 5060 s.',
      'CAA 0 issue "x"',
    ],
    ...['SOA a. b. 1 4h 1h 2w 5m', 'SSHFP 4 1 12AB', 'TLSA 3 1 1 AB CD', 'TYPE123 \\# 3 ABCDEF'],
    'A \\# 4 0A000001',
  ]);
  const rest = draw.pick(['', ' ; told', ' (\n)']);
  return `${name} ${draw.pick(['', '3600 ', '1h30m IN ', 'IN 5 '])}${data}${rest}`;
}

export const texts: readonly Target[] = [
  ...[path, url, address, words, base64, command, container, clauses, schedule],
];
