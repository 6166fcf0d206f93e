/** From a call that was opened to who answers it: this server, another one, or nobody. */

import { noSuchServer } from '../anchor/path.ts';
import { CircuitError } from '../errors.ts';
import type { ServerId } from '../id.ts';
import type { Member } from '../membership/member.ts';
import type { Membership } from '../membership/membership.ts';
import type { Call, CallEvents } from '../rpc/call.ts';
import { methodNames } from '../rpc/method.ts';
import type { Open } from '../rpc/session.ts';
import type { Dispatch } from './dispatch.ts';
import type { Caller } from './link.ts';
import type { Links } from './links.ts';
import { relayTo } from './relay.ts';
import type { Relays } from './relays.ts';
import { type Resolver, serverGone } from './resolve.ts';

export interface CallsOptions {
  readonly id: ServerId;
  readonly membership: Membership;
  readonly links: Links;
  readonly resolver: Resolver;
  readonly dispatch: Dispatch;
  readonly relays: Relays;
  /** Why no call is taken any more; undefined as long as they are. */
  readonly refusal: () => CircuitError | undefined;
  /** A call of another server is acted on. */
  readonly served: (from: ServerId, method: string) => void;
}

export class Calls {
  readonly #options: CallsOptions;
  #lastCaller: { readonly asker: string; readonly from: ServerId; readonly by: string } | undefined;

  constructor(options: CallsOptions) {
    this.#options = options;
  }

  /** `from` is the server that the session is with, or the address of a client. */
  answer(call: Call, open: Open, from: Caller): CallEvents {
    const { server } = from;
    const refusal = this.#options.refusal();
    if (refusal !== undefined) return failed(call, refusal);
    return server === undefined
      ? this.#ofClient(call, open, from)
      : this.#ofServer(call, open, server);
  }

  #ofClient(call: Call, open: Open, from: Caller): CallEvents {
    const { id, membership, resolver, dispatch } = this.#options;
    const { target } = open;
    const by = from.address;
    if (target === undefined) return dispatch.answerServers(call, by);
    if (target === id) return dispatch.answer(call, open.method, open.body, by);
    const member = membership.lookup(target);
    if (member === 'departed') return failed(call, serverGone(target));
    if (member !== undefined) return this.#relay(call, open, member, from);
    // Nobody is there whom one could ask.
    if (membership.size <= 1) return failed(call, noSuchServer(target));
    const kept = keep(open);
    return resolver.hold({
      subject: target,
      seek: true,
      call,
      bytes: kept.body.length,
      go: () => this.#ofClient(call, kept, from),
      unknown: () => noSuchServer(target),
    });
  }

  /** What a server has relayed is not relayed again: views may differ, and calls must not circle. */
  #ofServer(call: Call, open: Open, from: ServerId): CallEvents {
    const { id, membership, resolver } = this.#options;
    if (open.target !== id) return failed(call, noSuchServer(open.target ?? '/'));
    if (membership.has(from)) return this.#serve(call, open, from);
    const kept = keep(open);
    return resolver.hold({
      subject: from,
      seek: false,
      call,
      bytes: kept.body.length,
      go: () => this.#serve(call, kept, from),
      unknown: () => notOurs(id, from),
    });
  }

  #serve(call: Call, { method, asker, body }: Open, from: ServerId): CallEvents {
    const { dispatch, served } = this.#options;
    served(from, methodNames[method] ?? String(method));
    return dispatch.answer(call, method, body, this.#callerOf(asker, from));
  }

  /** Mostly that of the call before: the journal then keeps one text for all of them. */
  #callerOf(asker: string | undefined, from: ServerId): string {
    if (asker === undefined) return from;
    const last = this.#lastCaller;
    if (last?.asker === asker && last.from === from) return last.by;
    const by = `${asker} through ${from}`;
    this.#lastCaller = { asker, from, by };
    return by;
  }

  #relay(call: Call, open: Open, member: Member, from: Caller): CallEvents {
    const { links, relays } = this.#options;
    const { method, target, body, credit } = open;
    relays.begin(call, open, member.id, from.address);
    const session = links.sessionWith(member.id, member.url);
    const onward: Call = session.open(
      { method, target, asker: from.address, body },
      { end: call.complete, credit },
      relayTo(
        () => onward,
        () => call,
      ),
    );
    links.reading.relayed(from.link, session);
    return {
      ...relayTo(
        () => call,
        () => onward,
      ),
      data: (bytes) => {
        onward.data(bytes);
        links.reading.relayed(from.link, session);
      },
    };
  }
}

/** A request that waits must not keep the block of the network that it came in. */
function keep(open: Open): Open {
  return { ...open, body: open.body.slice() };
}

function failed(call: Call, error: CircuitError): CallEvents {
  call.fail(error);
  return {};
}

function notOurs(id: ServerId, from: ServerId): CircuitError {
  return new CircuitError(
    'NO_SUCH_SERVER',
    `the server ${id} does nothing for ${from}, which is not in its circuit: try again, or make ` +
      'one circuit of two with "circuit join"',
  );
}
