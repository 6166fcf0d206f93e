/** Frames that no peer would send, on many connections. */

import type { Socket } from 'node:net';
import { serverIdOf } from '../../../src/id.ts';
import { Frame } from '../../../src/rpc/frames.ts';
import { frame, hello, note } from '../../../test/support/junk-frames.ts';
import { type Attack, type Make, Pace, pool, type Target } from './attack.ts';
import { forgerOf } from './datagrams.ts';
import { Crowd } from './sockets.ts';

/** Random bytes from the first on: each connection is good for one of them. */
export const randomFrames: Make = (target) => {
  const { random } = target;
  return writing(
    target,
    () => {},
    () => random.bytes(1 + random.below(1_000)),
  );
};

/** A good introduction, then garbage. */
export const garbageAfterHello: Make = (target) => {
  const { random } = target;
  return writing(target, greet, () => {
    const length = random.below(400);
    return frame(random.below(40), random.below(100_000), (to) => to.raw(random.bytes(length)));
  });
};

/** A good introduction, then the announcement of a frame that is too long. */
export const overlongFrames: Make = (target) => {
  const { random } = target;
  return writing(target, greet, () => {
    return Uint8Array.of(1 + random.below(255), ...random.bytes(3), ...random.bytes(60));
  });
};

/**
 * Well-formed frames, on connections of what calls itself a server, with messages that no server
 * would send, and calls that mean nothing: nothing of it ends the connection.
 */
export const junkMessages: Make = async (target) => {
  const { random } = target;
  const forger = await forgerOf(target);
  const introduce = (socket: Socket) => {
    const server = serverIdOf(random.bytes(8));
    socket.write(hello({ server, url: 'circuit://127.0.0.1:1' }));
  };
  return writing(target, introduce, () => {
    if (random.below(4) > 0) return note(forger.edgeMessage());
    const type = random.below(2) === 0 ? Frame.DATA : Frame.PING;
    return frame(type, random.below(1_000), (to) => to.raw(random.bytes(random.below(100))));
  });
};

function greet(socket: Socket): void {
  socket.write(hello());
}

/** So many frames a second, in turns on so many connections. */
function writing(target: Target, begin: (socket: Socket) => void, make: () => Uint8Array): Attack {
  const counts: Record<string, number> = { frames: 0 };
  const crowd = new Crowd(target, begin);
  const next = pool(make);
  let waiting: Socket[] = [];
  const pace = new Pace(target.rate, () => {
    if (waiting.length === 0) waiting = [...crowd.sockets];
    const socket = waiting.pop();
    if (socket === undefined || socket.destroyed || socket.writableLength > 64 * 1024) return;
    counts['frames'] = (counts['frames'] ?? 0) + 1;
    socket.write(next());
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
    get counts() {
      return { ...counts, ...crowd.counts };
    },
  };
}
