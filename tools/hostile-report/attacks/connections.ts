/** Connections that are worth nothing: opened and closed, silent, half-way, or very slow. */

import { connect, type Socket } from 'node:net';
import { Frame } from '../../../src/rpc/frames.ts';
import { frame, hello } from '../../../test/support/junk-frames.ts';
import { type Attack, cut, type Make, Pace, someLoopback, type Target } from './attack.ts';
import { Crowd } from './sockets.ts';

/** Opened and closed at once, at the rate. */
export const connectFlood: Make = ({ host, port, rate, random }) => {
  const counts = { opened: 0, stood: 0, failed: 0 };
  const open = new Set<Socket>();
  const pace = new Pace(rate, () => {
    // What the server does not accept in time must not use up our own descriptors.
    if (open.size > 4_000) return;
    counts.opened++;
    const socket = connect({ host, port, localAddress: someLoopback(random) });
    open.add(socket);
    socket.on('error', () => {
      counts.failed++;
    });
    socket.on('connect', () => {
      counts.stood++;
      cut(socket);
    });
    socket.on('close', () => open.delete(socket));
  });
  return {
    on: () => pace.on(),
    async off() {
      await pace.off();
      for (const socket of open) cut(socket);
    },
    counts,
  };
};

/** They say nothing at all. */
export const silent: Make = (target) => crowded(target, () => {});

/** They say half of an introduction. */
export const halfHello: Make = (target) => {
  const half = hello().subarray(0, 10);
  return crowded(target, (socket) => socket.write(half));
};

/** They introduce themselves and then say nothing, for good. */
export const greetedSilent: Make = (target) => crowded(target, (socket) => socket.write(hello()));

/** One byte a second of the introduction. */
export const slowHello: Make = (target) => dripping(target, () => {}, hello());

/** A good introduction, and then one byte a second of a frame of a MiB. */
export const slowFrame: Make = (target) => {
  const long = frame(Frame.NOTE, 0, (to) => to.raw(new Uint8Array(1024 * 1024)));
  return dripping(target, (socket) => socket.write(hello()), long);
};

/** A good introduction, and then a frame of a MiB of which all but the last byte is said. */
export const unfinishedFrame: Make = (target) => {
  const long = frame(Frame.NOTE, 0, (to) => to.raw(new Uint8Array(1024 * 1024)));
  return crowded(target, (socket) => {
    socket.write(hello());
    socket.write(long.subarray(0, -1));
  });
};

function crowded(target: Target, begin: (socket: Socket) => void): Attack {
  const crowd = new Crowd(target, begin);
  return { on: () => crowd.on(), off: () => crowd.off(), counts: crowd.counts };
}

/** Each connection says one byte of `words` a second. */
function dripping(target: Target, begin: (socket: Socket) => void, words: Uint8Array): Attack {
  /** Socket => how much of it was said. */
  const said = new WeakMap<Socket, number>();
  const crowd = new Crowd(target, begin);
  let round: Socket[] = [];
  const pace = new Pace(target.count, () => {
    if (round.length === 0) round = [...crowd.sockets];
    const socket = round.pop();
    if (socket === undefined || socket.destroyed) return;
    const at = said.get(socket) ?? 0;
    if (at >= words.length) return;
    said.set(socket, at + 1);
    socket.write(words.subarray(at, at + 1));
  });
  return {
    on() {
      crowd.on();
      pace.on();
    },
    async off() {
      await pace.off();
      await crowd.off();
    },
    counts: crowd.counts,
  };
}
