/** Methods about the server itself and its circuit. */

import { done } from '../../element/element.ts';
import { CircuitError } from '../../errors.ts';
import type { Profiling } from '../../host/index.ts';
import { type CircuitUrl, parseCircuitUrl, type ServerId } from '../../id.ts';
import { limits } from '../../limits.ts';
import type { Call, CallEvents } from '../../rpc/call.ts';
import { replyLong } from '../../rpc/long.ts';
import { membersCodec } from '../../rpc/method.ts';
import { MS } from '../../time.ts';
import { encode } from '../../wire/codec.ts';
import { Sampler } from '../sampler.ts';
import { computedText } from '../stacks.ts';
import { replyJson } from './anchors.ts';
import type { Handlers, Surroundings } from './handlers.ts';

/** How long `stacks` looks at what is computed, in us. Longer: more samples, and a later answer. */
const GLANCE_US = 100 * MS;

const utf8 = new TextEncoder();

export function serverMethods(
  around: Surroundings,
): Pick<Handlers, 'join' | 'leave' | 'members' | 'suicide' | 'stacks' | 'stats' | 'profile'> {
  const sampler = new Sampler(around.host.runtime);
  return {
    join(call, { url }) {
      const other = parseCircuitUrl(url);
      around.join(other, (error) => {
        if (error === undefined) done(call);
        else call.fail(error.code === 'WRONG_KEY' ? apart(around.id, other) : error);
      });
      return {};
    },
    leave(call) {
      done(call);
      around.leave();
      return {};
    },
    members: (call) => replyLong(call, encode(membersCodec, around.roster())),
    suicide(call) {
      done(call);
      around.die();
      return {};
    },
    stacks(call) {
      const text = around.stacks();
      const answer = (profile: Uint8Array | undefined) =>
        replyLong(call, utf8.encode(text + computedText(profile)));
      const glance = sampler.glance(GLANCE_US, answer);
      return glance === undefined ? answer(undefined) : endingWith(call, glance);
    },
    stats: (call) => replyJson(call, around.stats()),
    profile(call, { ms }) {
      if (ms < 1 || ms > limits.profileMsMax) {
        throw new CircuitError(
          'BAD_ARGUMENT',
          `a profile takes from 1 to ${limits.profileMsMax} ms, not ${ms}`,
        );
      }
      const profiling = sampler.profile(ms * MS, (profile, error) => {
        if (profile !== undefined) replyLong(call, profile);
        else
          call.fail(new CircuitError('NOT_SUPPORTED', `the server cannot be profiled: ${error}`));
      });
      return endingWith(call, profiling);
    },
  };
}

/** Whoever asks two servers to be one circuit may be neither: both are named. */
function apart(id: ServerId, { address }: CircuitUrl): CircuitError {
  return new CircuitError(
    'WRONG_KEY',
    `/${id} cannot join the server at ${address}: they have no key in common, or one of them has ` +
      'none; two circuits become one only if all servers were started with the same -hmac FILE',
  );
}

/** Whoever asks no longer, needs no profile. */
function endingWith(call: Call, profiling: Profiling): CallEvents {
  return {
    cancelled() {
      profiling.cancel();
      call.fail(new CircuitError('CANCELLED', 'the operation was cancelled'));
    },
    failed: () => profiling.cancel(),
  };
}
