/** Clients that ask for much and read all of it: as many calls as they like, again and again. */

import { limits } from '../../../src/index.ts';
import { Frame } from '../../../src/rpc/frames.ts';
import type { Reader } from '../../../src/wire/codec.ts';
import { Frames } from '../../../src/wire/frame.ts';
import { hello } from '../../../test/support/junk-frames.ts';
import { clear, clientOf, ground, opening, request } from './asking.ts';
import type { Make } from './attack.ts';
import { Crowd, type Wire } from './sockets.ts';

/** Calls under way of each. */
const pipelined = 500;
/** So many are answered before as many more are asked. */
const batch = 100;

/** Each asks for the state of one channel, which takes the server as little as a call can. */
export const greedyCalls: Make = async (target) => {
  const client = await clientOf(target);
  await clear(client, target);
  await client.walk(`/${target.id}/${ground}/chan`).makeChan(1);
  const asked = request(target, 'peek', { path: `${ground}/chan` });
  const counts = { answered: 0 };
  const play = (_: unknown, wire: Wire) => {
    const frames = new Frames(limits.frameBytesMax);
    let next = 0;
    let answered = 0;
    const ask = (count: number) => {
      wire.say(Buffer.concat(Array.from({ length: count }, () => opening(asked, next++))));
    };
    const hear = (frame: Reader) => {
      if (frame.u8() === Frame.REPLY) {
        counts.answered++;
        answered++;
      }
      return true;
    };
    wire.hear((bytes) => {
      frames.push(bytes, hear);
      for (; answered >= batch; answered -= batch) ask(batch);
    });
    wire.say(hello());
    ask(pipelined);
  };
  const crowd = new Crowd(target, play);
  return {
    on: () => crowd.on(),
    off: () => crowd.off(),
    get counts() {
      return { ...crowd.counts, ...counts };
    },
  };
};
