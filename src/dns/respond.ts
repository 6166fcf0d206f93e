/** From a message to the message that answers it. */

import { unreachable } from '../assert.ts';
import { answerTo, rcodes, refusal } from './answer.ts';
import { octetsFor, readQuery, versionError, writeAnswer } from './message.ts';
import type { Zone } from './zone.ts';

export interface Response {
  /** Undefined where nothing is said. */
  readonly bytes: Uint8Array | undefined;
  /** Whether what came was no query. */
  readonly junk: boolean;
}

/** Answers any bytes at all. */
export function respond(zone: Zone, message: Uint8Array, by: 'udp' | 'tcp'): Response {
  const received = readQuery(message);
  switch (received.type) {
    case 'dropped':
      return { bytes: undefined, junk: true };
    case 'malformed': {
      const bytes = writeAnswer(received, refusal(rcodes.FORMERR), octetsFor(by, undefined));
      return { bytes, junk: true };
    }
    case 'unsupported': {
      const bytes = writeAnswer(received, refusal(rcodes.NOTIMP), octetsFor(by, undefined));
      return { bytes, junk: false };
    }
    case 'query': {
      const { question, edns } = received;
      const wrong = versionError(edns);
      const answer = wrong === undefined ? answerTo(zone, question) : refusal(wrong);
      return { bytes: writeAnswer(received, answer, octetsFor(by, edns)), junk: false };
    }
    default:
      return unreachable(received);
  }
}
