/** The clauses of a select, and what comes of one; as JSON, which `circuit mkselect` reads. */

import { formatPath, type Path, parsePath } from '../anchor/path.ts';
import { fromBase64, toBase64 } from '../base64.ts';
import { fieldsOf } from '../element/fields.ts';
import { badArgument, CircuitError } from '../errors.ts';
import { limits } from '../limits.ts';
import { utf8Text } from '../utf8.ts';

/** One operation that a select may commit. */
export type Clause =
  | { readonly op: 'send'; readonly path: Path; readonly message: Uint8Array }
  /** Of an `event`: the next of a subscription. */
  | { readonly op: 'receive' | 'event' | 'exit'; readonly path: Path };

/** What a select committed; `index` is that of the clause. */
export type Selected =
  | { readonly index: number; readonly op: 'send' }
  | {
      readonly index: number;
      readonly op: 'receive';
      readonly closed: false;
      readonly message: Uint8Array;
    }
  /** The channel was closed and empty. */
  | {
      readonly index: number;
      readonly op: 'receive';
      readonly closed: true;
      readonly message: undefined;
    }
  /** The path of the server that the event is about. */
  | { readonly index: number; readonly op: 'event'; readonly path: string }
  /** The final state, as `wait` gives it. */
  | { readonly index: number; readonly op: 'exit'; readonly state: unknown }
  /** No clause could be done without waiting, and the select was not to wait. */
  | { readonly index: undefined; readonly op: 'otherwise' };

const utf8 = new TextEncoder();
/** By the commands that do the same alone. */
const opNames = { recv: 'receive', send: 'send', exit: 'exit', event: 'event' } as const;
const namesOfOps = { receive: 'recv', send: 'send', exit: 'exit', event: 'event' } as const;
const fieldNames = ['op', 'path', 'message', 'base64'] as const;

/** Checks clauses given as JSON; field names in any case. Throws BAD_ARGUMENT, LIMIT. */
export function parseClauses(json: unknown): readonly Clause[] {
  if (!Array.isArray(json)) {
    throw badArgument(
      'clauses are a JSON list such as [{"op": "recv", "path": "/X317c2314a386a9db/hi"}]',
    );
  }
  assertCount(json.length);
  return json.map((each, index) => parseClause(each, `clause ${index}`));
}

/** Throws BAD_ARGUMENT, LIMIT. */
export function assertCount(clauses: number): void {
  if (clauses === 0) throw badArgument('a select needs a clause: it would wait for ever');
  if (clauses <= limits.selectClausesMax) return;
  throw new CircuitError('LIMIT', `a select has at most ${limits.selectClausesMax} clauses`);
}

/** A message is committed whole, with the call that attempts it. Throws LIMIT. */
export function assertMessage(message: Uint8Array): void {
  if (message.length <= limits.messageHeadBytes) return;
  throw new CircuitError(
    'LIMIT',
    `a select sends at most ${limits.messageHeadBytes} bytes: send a longer message by itself`,
  );
}

/** The path of an element. Throws BAD_ARGUMENT, NO_SUCH_SERVER. */
export function elementPath(text: string): Path {
  const path = parsePath(text);
  if (path.names.length > 0) return path;
  throw badArgument(`no channel, process or subscription can be at "${text}"`);
}

function parseClause(json: unknown, which: string): Clause {
  const fields = fieldsOf(json, {
    what: `select's ${which}`,
    example: '{"op": "recv", "path": "/X317c2314a386a9db/hi"}',
    names: fieldNames,
  });
  const name = textOf(fields.get('op'), `the op of ${which}`);
  if (!Object.hasOwn(opNames, name)) {
    throw badArgument(
      `${which} has the op "${name}"; it is one of ${Object.keys(opNames).join(', ')}`,
    );
  }
  const op = opNames[name as keyof typeof opNames];
  const path = elementPath(textOf(fields.get('path'), `the path of ${which}`));
  if (op === 'send') return { op, path, message: messageOf(fields, which) };
  if (!fields.has('message') && !fields.has('base64')) return { op, path };
  throw badArgument(`${which} is no send, and has a message`);
}

function messageOf(fields: ReadonlyMap<string, unknown>, which: string): Uint8Array {
  if (fields.has('message') === fields.has('base64')) {
    throw badArgument(`${which} sends: give its text as "message", or its bytes as "base64"`);
  }
  const message = fields.has('message')
    ? utf8.encode(textOf(fields.get('message'), `the message of ${which}`))
    : fromBase64(textOf(fields.get('base64'), `the base64 of ${which}`));
  if (message === undefined) throw badArgument(`the base64 of ${which} is none`);
  assertMessage(message);
  return message;
}

function textOf(value: unknown, what: string): string {
  if (typeof value === 'string') return value;
  throw badArgument(`${what} must be a string`);
}

/** As `parseClauses` takes it, in the form of a peek. */
export function clauseJson(clause: Clause): object {
  const json = { Op: namesOfOps[clause.op], Path: formatPath(clause.path) };
  return clause.op === 'send' ? { ...json, ...contentJson(clause.message) } : json;
}

/** What was committed, in the form of a peek; null for a select that was not to wait. */
export function selectedJson(selected: Selected, clauses: readonly Clause[]): object | null {
  if (selected.op === 'otherwise') return null;
  const clause = clauses[selected.index] as Clause;
  const json = {
    Clause: selected.index,
    Op: namesOfOps[clause.op],
    Path: formatPath(clause.path),
  };
  switch (selected.op) {
    case 'send':
      return json;
    case 'exit':
      return { ...json, State: selected.state };
    case 'event':
      return { ...json, Event: selected.path };
    default:
      return selected.closed
        ? { ...json, Closed: true }
        : { ...json, ...contentJson(selected.message) };
  }
}

/** Text where the bytes are UTF-8. */
function contentJson(bytes: Uint8Array): { Message: string } | { Base64: string } {
  const text = utf8Text(bytes);
  return text === undefined ? { Base64: toBase64(bytes) } : { Message: text };
}
