/** Methods about the server itself and its circuit. */

import { done } from '../../element/element.ts';
import { parseCircuitUrl } from '../../id.ts';
import { replyLong } from '../../rpc/long.ts';
import { membersCodec } from '../../rpc/method.ts';
import { encode } from '../../wire/codec.ts';
import type { Handlers, Surroundings } from './handlers.ts';

export function serverMethods(around: Surroundings): Pick<Handlers, 'join' | 'leave' | 'members'> {
  return {
    join(call, { url }) {
      around.join(parseCircuitUrl(url), (error) => {
        if (error === undefined) done(call);
        else call.fail(error);
      });
      return {};
    },
    leave(call) {
      done(call);
      around.leave();
      return {};
    },
    members: (call) => replyLong(call, encode(membersCodec, around.roster())),
  };
}
