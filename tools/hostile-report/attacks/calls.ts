/** As many calls as a peer may have, cancelled, dropped and opened anew; and the most of everything. */

import type { Socket } from 'node:net';
import { limits } from '../../../src/index.ts';
import { Frame } from '../../../src/rpc/frames.ts';
import { frame, hello } from '../../../test/support/junk-frames.ts';
import { clear, clientOf, ground, opening, request } from './asking.ts';
import type { Make } from './attack.ts';
import { Crowd } from './sockets.ts';

const againMs = 500;
/** Every so many rounds a peer goes away instead of cancelling. */
const roundsToStay = 3;

/** Receives at a channel into which nobody sends. */
export const callFlood: Make = async (target) => {
  const client = await clientOf(target);
  const chan = client.walk(`/${target.id}/${ground}/empty`);
  if ((await chan.kind().catch(() => undefined)) === undefined) await chan.makeChan(0);
  const receive = request(target, 'receive', { path: `${ground}/empty` });
  const count = limits.callsInFlightMax + 100;
  const batch = (from: number) =>
    Buffer.concat(Array.from({ length: count }, (_, i) => opening(receive, from + i)));
  const cancels = (from: number) =>
    Buffer.concat(
      Array.from({ length: count }, (_, i) => frame(Frame.CANCEL, 2 * (from + i) + 1, () => {})),
    );
  const rounds = Array.from({ length: roundsToStay }, (_, i) => ({
    opened: batch(i * count),
    cancelled: cancels(i * count),
  }));
  const counts = { rounds: 0 };
  const play = (socket: Socket, round: number) => {
    if (socket.destroyed) return;
    counts.rounds++;
    const words = rounds[round];
    if (words === undefined) {
      socket.resetAndDestroy();
      return;
    }
    socket.write(words.opened, () => {
      setTimeout(() => {
        if (socket.destroyed) return;
        socket.write(words.cancelled, () => setTimeout(play, againMs, socket, round + 1));
      }, againMs);
    });
  };
  const crowd = new Crowd(target, (socket) => {
    socket.write(hello());
    play(socket, 0);
  });
  return {
    on: () => crowd.on(),
    off: () => crowd.off(),
    get counts() {
      return { ...crowd.counts, ...counts };
    },
  };
};

/** One client that makes of everything as much as it is let. */
export const everything: Make = async (target) => {
  const client = await clientOf(target);
  const counts = { made: 0, refused: 0 };
  let on = false;
  let running: Promise<unknown> = Promise.resolve();
  const make = async (round: number) => {
    const at = (name: string) => client.walk(`/${target.id}/${ground}/${round}-${name}`);
    const chan = at('chan').chan();
    const attempts = [
      () => at('chan').makeChan(limits.channelCapacityMax),
      () => chan.send(new Uint8Array(limits.messageHeadBytes)),
      () => at('join').makeOnJoin(),
      () => at('leave').makeOnLeave(),
      () => at('names').makeDns(),
      () => at('select').makeSelect([{ exit: at('nobody').proc() }, { receive: chan }]),
    ];
    for (const attempt of attempts) {
      if (!on) return;
      await attempt().then(
        () => counts.made++,
        () => counts.refused++,
      );
    }
  };
  const run = async () => {
    for (let round = 0; on; round++) await make(round);
  };
  return {
    on() {
      on = true;
      running = Promise.all(Array.from({ length: target.count }, run));
    },
    async off() {
      on = false;
      await running;
      await clear(client, target);
    },
    counts,
  };
};
