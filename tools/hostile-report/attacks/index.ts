/** All attacks by their names. */

import type { Make } from './attack.ts';
import { callFlood, everything } from './calls.ts';
import {
  connectFlood,
  greetedSilent,
  halfHello,
  silent,
  slowFrame,
  slowHello,
  unfinishedFrame,
} from './connections.ts';
import { forgedDatagrams, prefixDatagrams, randomDatagrams } from './datagrams.ts';
import { garbageAfterHello, junkMessages, overlongFrames, randomFrames } from './frames.ts';
import { greedyCalls } from './greedy.ts';
import { foreignHandshakes, halfHandshakes, sealedLookalikes } from './keyless.ts';
import { junkQuestions } from './names.ts';
import { neverReads } from './unread.ts';

/** Name => what prepares that attack. */
export const attacks = {
  ...{ randomDatagrams, forgedDatagrams, prefixDatagrams },
  ...{ randomFrames, garbageAfterHello, overlongFrames, junkMessages },
  ...{ connectFlood, silent, halfHello, greetedSilent, slowHello, slowFrame, unfinishedFrame },
  ...{ neverReads, callFlood, greedyCalls, everything, junkQuestions },
  ...{ sealedLookalikes, foreignHandshakes, halfHandshakes },
} satisfies Readonly<Record<string, Make>>;

export type AttackName = keyof typeof attacks;
