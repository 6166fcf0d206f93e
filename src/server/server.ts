/** A server: one per host. Everything it asks of the outside goes through its Host. */

import { noSuchServer } from '../anchor/path.ts';
import { ServerElement } from '../element/server.ts';
import { CircuitError } from '../errors.ts';
import type { Host } from '../host/index.ts';
import { type CircuitUrl, formatCircuitUrl, runIdOf, type ServerId, serverIdOf } from '../id.ts';
import type { Member } from '../membership/member.ts';
import type { Membership } from '../membership/membership.ts';
import type { Profile } from '../membership/profile.ts';
import type { Call, CallEvents } from '../rpc/call.ts';
import type { Open } from '../rpc/session.ts';
import { MS } from '../time.ts';
import { Dispatch } from './dispatch.ts';
import { Links } from './links.ts';
import { type Parts, standardParts } from './parts.ts';
import { Presence } from './presence.ts';
import { relayTo } from './relay.ts';

/** What a server tells its observer, in the order in which it happens. */
export type ServerEvent =
  /** A server is present, this one included; per server alternating with `left`. */
  | { readonly type: 'joined'; readonly member: Member }
  | { readonly type: 'left'; readonly member: Member }
  /** It has left its circuit, or was stopped: nothing follows. */
  | { readonly type: 'stopped' };

export interface ServerOptions {
  readonly observe?: (event: ServerEvent) => void;
  readonly profile?: Profile;
  /** The state machines to use; for tests that plant bugs in them. */
  readonly parts?: Parts;
}

export interface Server {
  readonly id: ServerId;
  /** Under which clients and servers dial it. */
  readonly url: string;
  /** The servers present, as this one sees it; itself included. */
  members(): readonly Member[];
  membership(): Membership;
  /** Joins the circuit of that server; two circuits become one. */
  join(url: CircuitUrl, done: (error: CircuitError | undefined) => void): void;
  /** Tells the others, then stops. */
  leave(): void;
  /** Stops at once; the others find out. */
  stop(): void;
}

/** How long the last words of a server that leaves may take to be sent. */
const GOODBYE_US = 200 * MS;

/** Starts a server, alone in its own circuit until it joins another. */
export function startServer(host: Host, options: ServerOptions = {}): Server {
  const random = host.random.fork('server');
  const id = serverIdOf(random.bytes(8));
  const run = runIdOf(random.bytes(8));
  const url = formatCircuitUrl({ address: host.streams.address, pid: host.pid, run });
  const joined = host.clock.wall();
  const parts = options.parts ?? standardParts;
  let over = false;

  const membership = parts.membership({
    self: { id, url, address: host.streams.address, incarnation: 0, joined, left: false },
    random: host.random.fork('membership'),
    now: host.clock.now(),
    ...(options.profile === undefined ? {} : { profile: options.profile }),
  });
  const presence = new Presence(host, membership, () => links, {
    joined: (member) => {
      host.log.write('info', 'joined', { server: member.id, incarnation: member.incarnation });
      options.observe?.({ type: 'joined', member });
    },
    left: (member) => {
      host.log.write('info', 'left', { server: member.id, incarnation: member.incarnation });
      options.observe?.({ type: 'left', member });
    },
    departed: () => stop(new CircuitError('SERVER_GONE', `the server ${id} has left the circuit`)),
  });
  const links = new Links(
    host,
    { id, url, run },
    {
      up: (peer, address) => presence.tell({ type: 'edgeUp', peer, address }),
      down: (peer, reason) => presence.tell({ type: 'edgeDown', peer, reason }),
      dialFailed: (address, peer, reason) =>
        presence.tell({ type: 'dialFailed', address, peer, reason }),
      noted: (peer, bytes) => presence.tell({ type: 'edgeMessage', peer, bytes }),
      opened: (call, open, from) => answer(call, open, from),
    },
  );
  const dispatch = new Dispatch({
    host,
    parts,
    self: new ServerElement(() => ({
      url,
      joined,
      dropped: { ...links.dropped, datagrams: membership.counters.malformed },
    })),
    servers: () => [...membership.members()].map((member) => member.id).sort(),
    join: (to, done) => presence.join(to, done),
    leave: () => presence.leave(),
  });

  function answer(call: Call, open: Open, from: ServerId | undefined): CallEvents {
    if (open.target === undefined) return dispatch.answerServers(call);
    if (open.target === id) return dispatch.answer(call, open.method, open.body);
    const member = membership.lookup(open.target);
    if (member === undefined || from !== undefined) {
      call.fail(noSuchServer(open.target));
      return {};
    }
    if (member === 'departed') {
      call.fail(new CircuitError('SERVER_GONE', `the server ${open.target} is gone`));
      return {};
    }
    const onward: Call = links.sessionWith(member.id, member.url).open(
      { method: open.method, target: open.target, body: open.body },
      { end: call.complete, credit: open.credit },
      relayTo(
        () => onward,
        () => call,
      ),
    );
    return relayTo(
      () => call,
      () => onward,
    );
  }

  function stop(reason: CircuitError | undefined): void {
    if (over) return;
    over = true;
    presence.stop();
    host.datagrams.close();
    links.close(reason);
    // What was said last is still on its way out.
    const close = () => {
      host.streams.close();
      options.observe?.({ type: 'stopped' });
    };
    if (reason === undefined) close();
    else host.clock.schedule(host.clock.now() + GOODBYE_US, close);
  }

  presence.start();
  return {
    id,
    url,
    members: () => [...membership.members()],
    membership: () => membership,
    join: (to, done) => presence.join(to, done),
    leave: () => presence.leave(),
    stop: () => stop(undefined),
  };
}
