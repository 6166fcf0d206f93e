/** The requests of all methods: the first byte is the number of the method. */

import { commandCodec } from '../../../src/element/command.ts';
import { limits } from '../../../src/limits.ts';
import {
  type MethodName,
  methodNames,
  methodNumber,
  type Request,
  requestCodec,
} from '../../../src/rpc/method.ts';
import { type Codec, encode } from '../../../src/wire/codec.ts';
import type { Draw } from '../draw.ts';
import { codecLaws, codecTarget, type Target } from '../target.ts';
import { clausesText, commandOf, containerText, recordText } from './texts.ts';

const onPath = (draw: Draw) => ({ path: draw.path() });

const made: { readonly [M in MethodName]: (draw: Draw) => Request<M> } = {
  list: (draw) => ({ path: draw.path(), recursive: draw.boolean() }),
  peek: onPath,
  scrub: (draw) => ({ path: draw.path(), kill: draw.boolean() }),
  makeProc: (draw) => ({ path: draw.path(), command: commandOf(draw) }),
  makeChan: (draw) => ({ path: draw.path(), capacity: draw.integer() }),
  send: (draw) => ({ path: draw.path(), head: draw.bytes() }),
  receive: onPath,
  close: onPath,
  stdin: onPath,
  stdout: onPath,
  stderr: onPath,
  signal: (draw) => ({ path: draw.path(), name: draw.pick(['TERM', 'KILL', 'SIGINT', 'no']) }),
  wait: onPath,
  join: (draw) => ({ url: draw.url() }),
  leave: () => ({}),
  members: () => ({}),
  kind: onPath,
  trySend: (draw) => ({ path: draw.path(), head: draw.bytes() }),
  tryReceive: onPath,
  awaitSend: onPath,
  awaitReceive: onPath,
  makeDocker: (draw) => ({ path: draw.path(), command: containerText(draw) }),
  makeDns: (draw) => ({ path: draw.path(), address: draw.pick(['', draw.address()]) }),
  setRecord: (draw) => ({ path: draw.path(), record: recordText(draw) }),
  unsetRecords: (draw) => ({ path: draw.path(), name: draw.pick(['miek.nl.', '.', '*.a']) }),
  makeSubscription: (draw) => ({ path: draw.path(), source: draw.pick(['join', 'leave', 'x']) }),
  makeSelect: (draw) => ({ path: draw.path(), clauses: clausesText(draw) }),
  suicide: () => ({}),
  stacks: () => ({}),
  stats: () => ({}),
  profile: (draw) => ({ ms: draw.integer() }),
  journal: (draw) => ({ from: draw.integer(), follow: draw.boolean() }),
};

/** A request of that method that a client may make; with those of `fields` that it has. */
export function requestOf(draw: Draw, name: MethodName, fields: object = {}): Uint8Array {
  const codec = requestCodec(name) as Codec<unknown>;
  const request = made[name](draw);
  const given = Object.entries(fields).filter(([field]) => field in request);
  const whole = { ...request, ...Object.fromEntries(given) };
  return encode(codec, whole).subarray(0, limits.bodyBytesMax);
}

const requests: Target = {
  name: 'requests',
  covers: ['src/rpc/method.ts requestCodec'],
  generate(draw) {
    const name = draw.pick(methodNames);
    return Uint8Array.of(methodNumber(name), ...requestOf(draw, name));
  },
  run(input) {
    const name = methodNames[(input[0] ?? 0) % methodNames.length] as MethodName;
    const codec = requestCodec(name) as Codec<unknown>;
    const value = codecLaws(codec, input.subarray(1));
    return `${name} ${value === undefined ? 'refused' : 'accepted'}`;
  },
};

const command = codecTarget('command', {
  codec: commandCodec,
  covers: ['src/element/command.ts commandCodec'],
  value: commandOf,
});

export const requestTargets: readonly Target[] = [requests, command];
