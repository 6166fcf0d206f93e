/** Peers that ask for all that makes a server talk, again and again, and read nothing of it. */

import { limits } from '../../../src/index.ts';
import { hello } from '../../../test/support/junk-frames.ts';
import { clear, clientOf, ground, opening, request } from './asking.ts';
import type { Make } from './attack.ts';
import { Crowd } from './sockets.ts';

/** What makes a listing long. */
const anchors = 400;
/** For those who receive one and do not read it. */
const largeMessages = 64;
/** Of each request, from one peer. */
const pipelined = 200;

/** Listings, the output of a chatty process, messages, the journal, members, stacks. */
export const neverReads: Make = async (target) => {
  const client = await clientOf(target);
  const at = (name: string) => client.walk(`/${target.id}/${ground}/${name}`);
  await clear(client, target);
  for (let i = 0; i < anchors; i++) await at(`${'long'.repeat(40)}${i}`).makeChan(0);
  await at('chatty').makeProc({ Path: '/usr/bin/yes', Args: ['a chatty process'] });
  const large = await at('large').makeChan(largeMessages);
  const bytes = new Uint8Array(limits.messageHeadBytes);
  for (let i = 0; i < largeMessages; i++) await large.send(bytes);
  const wanted = [
    request(target, 'list', { path: '', recursive: true }),
    request(target, 'stdout', { path: `${ground}/chatty` }),
    request(target, 'receive', { path: `${ground}/large` }),
    request(target, 'journal', { from: 0, follow: true }),
    request(target, 'members', {}),
    request(target, 'stacks', {}),
  ];
  const calls = wanted.flatMap((asked, kind) =>
    Array.from({ length: pipelined }, (_, i) => opening(asked, kind * pipelined + i)),
  );
  const words = Buffer.concat([hello(), ...calls]);
  const crowd = new Crowd(target, (_, wire) => wire.say(words), { paused: true });
  return { on: () => crowd.on(), off: () => crowd.off(), counts: crowd.counts };
};
