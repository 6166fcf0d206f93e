/** A server: one per host. Everything it asks of the outside goes through its Host. */

import { ServerElement } from '../element/server.ts';
import { CircuitError } from '../errors.ts';
import type { Host } from '../host/index.ts';
import {
  type Address,
  type CircuitUrl,
  formatCircuitUrl,
  parseCircuitName,
  runIdOf,
  type ServerId,
  serverIdOf,
} from '../id.ts';
import { type Happening, Journal } from '../journal/journal.ts';
import { Stamps } from '../journal/stamp.ts';
import type { Member } from '../membership/member.ts';
import type { Membership } from '../membership/membership.ts';
import type { Profile } from '../membership/profile.ts';
import { boundsOf } from '../rpc/bounds.ts';
import { NO_NAME } from '../rpc/hello.ts';
import { limitsWith, type ServerLimits } from '../server-limits.ts';
import { MS } from '../time.ts';
import { Calls } from './calls.ts';
import { Dispatch } from './dispatch.ts';
import { drain } from './draining.ts';
import { type Ending, endAll } from './ending.ts';
import { Finding } from './finding.ts';
import { JournalKeeper } from './journal-keeper.ts';
import { limitsInUse } from './limits-in-use.ts';
import { Links } from './links.ts';
import { Namespace } from './namespace.ts';
import { Operations } from './operations.ts';
import { type Parts, standardParts } from './parts.ts';
import { type JoinDone, Presence } from './presence.ts';
import { Relays } from './relays.ts';
import { type Acquaintances, Resolver } from './resolve.ts';
import { roster, type Sources, statusOf } from './roster.ts';
import { stacksText } from './stacks.ts';
import { serverStats } from './stats.ts';
import { Subscriptions } from './subscriptions.ts';

/** What a server tells its observer, in the order in which it happens. */
export type ServerEvent =
  /** A server is present, this one included; per server alternating with `left`. */
  | { readonly type: 'joined'; readonly member: Member }
  | { readonly type: 'left'; readonly member: Member }
  /** It acts on a call of that server, which is present: it was told as `joined`, and not as `left`. */
  | { readonly type: 'served'; readonly from: ServerId; readonly method: string }
  /** It has left its circuit, or was stopped, and what ran for it has ended: nothing follows. */
  | { readonly type: 'stopped' };

/** What a server is told when it starts. */
export interface ServerOptions {
  /**
   * The name of its circuit, 1 to 64 letters, digits, `-`, `_` and `.`; default: none. Servers of
   * different names refuse each other, with WRONG_CIRCUIT.
   */
  readonly circuit?: string;
  /** Told what happens, in order. */
  readonly observe?: (event: ServerEvent) => void;
  /** How far apart the servers of the circuit are; the same for all of them. LAN when left out. */
  readonly profile?: Profile;
  /** Finds the others by multicast; alone, it is found by those that come later. */
  readonly discover?: {
    readonly group: Address;
    /** Called once: it listens to the group, or cannot and never will. */
    readonly ready?: (error: CircuitError | undefined) => void;
  };
  /** The state machines to use; for tests that plant bugs in them. */
  readonly parts?: Parts;
  /** The version of the program, for people; it is told with its statistics. */
  readonly version?: string;
  /** How long, in ms, what is under way may go on when it leaves; default 5,000. */
  readonly drainMs?: number;
  /** What peers can make it do, where that is to differ from the usual; see docs/limits.md. */
  readonly limits?: ServerLimits;
  /** Keeps the journal in files of its storage as well; see journal-keeper.ts. */
  readonly keepsJournal?: boolean;
}

/** A server that runs. */
export interface Server {
  readonly id: ServerId;
  /** Under which clients and servers dial it. */
  readonly url: string;
  /** The servers present, as this one sees it; itself included. */
  members(): readonly Member[];
  /** Its part of the membership protocol, for checkers and tests. */
  membership(): Membership;
  /** Joins the circuit of that server; two circuits become one. */
  join(url: CircuitUrl, done: JoinDone): void;
  /**
   * Tells the others, and takes no new calls. What waits is told so at once, and what moves goes on
   * within `drainMs`; then it stops.
   */
  leave(): void;
  /**
   * Stops at once; the others find out. What runs for it is asked to end, and ended by force when it
   * has not within `limits.processGraceMs`; or when this is called once more.
   */
  stop(): void;
}

/** How long the last words of a server that ends may take to be sent, if it does not drain. */
const GOODBYE_US = 200 * MS;
/** How often it is looked whether they were. */
const GOODBYE_LOOK_US = 10 * MS;
/** What users of `leave` wait for at the most. Longer: fewer transfers are cut off. */
const DRAIN_MS = 5_000;

/** Starts a server, alone in its own circuit until it joins another. Throws BAD_ARGUMENT. */
export function startServer(host: Host, options: ServerOptions = {}): Server {
  const circuit = options.circuit === undefined ? NO_NAME : parseCircuitName(options.circuit);
  const random = host.random.fork('server');
  const id = serverIdOf(random.bytes(8));
  const run = runIdOf(random.bytes(8));
  const url = formatCircuitUrl({ address: host.streams.address, pid: host.pid, run });
  const joined = host.clock.wall();
  const startedAt = host.clock.now();
  const parts = options.parts ?? standardParts;
  const limits = limitsWith(options.limits ?? {});
  const bounds = boundsOf(limits);
  const { held } = bounds;
  let over = false;
  /** The end of its processes and containers. */
  let ending: Ending | undefined;
  const present = () => {
    const others = idsOf(membership).filter((each) => each !== id);
    return membership.has(id) ? [id, ...others.sort()] : others.sort();
  };
  const subscriptions = new Subscriptions(host.clock, present, { limits, held });
  const stamps = new Stamps(host.clock);
  const journal = new Journal(stamps, limits);
  const keeper =
    options.keepsJournal === true
      ? new JournalKeeper(host, journal, { server: id, bounds: limits })
      : undefined;
  const operations = new Operations(host.clock, journal);
  const relays = new Relays(host.clock);

  const membership = parts.membership({
    self: {
      id,
      url,
      address: host.streams.address,
      incarnation: 0,
      joined,
      left: false,
      final: false,
    },
    random: host.random.fork('membership'),
    now: host.clock.now(),
    ...(options.profile === undefined ? {} : { profile: options.profile }),
  });
  const left = new CircuitError('SERVER_GONE', `the server ${id} has left the circuit`);
  /** Of a server that leaves: what it waits for, and no longer than until then. */
  let leaving: { departed: boolean; drained: boolean; readonly until: number } | undefined;
  const presence = new Presence(host, membership, () => links, {
    joined: (member) => {
      host.log.write('info', 'joined', { server: member.id, incarnation: member.incarnation });
      journal.add(entryOf('joined', member));
      options.observe?.({ type: 'joined', member });
      subscriptions.joined(member.id);
      resolver.announced(member.id);
    },
    left: (member) => {
      host.log.write('info', 'left', { server: member.id, incarnation: member.incarnation });
      journal.add(entryOf('left', member));
      options.observe?.({ type: 'left', member });
      subscriptions.left(member.id);
    },
    departed: () => advance('departed'),
    settled: () => {
      resolver.settle();
      finding?.viewChanged();
    },
  });
  const acquaintances: Acquaintances = {
    lookup: (subject) => membership.lookup(subject),
    find: (subject) => presence.tell({ type: 'find', subject }),
  };
  const resolver = new Resolver(host.clock, acquaintances, limits);
  const links = new Links(
    host,
    { id, url, run, circuit },
    {
      up: (peer, address) => presence.tell({ type: 'edgeUp', peer, address }),
      down: (peer, reason) => presence.tell({ type: 'edgeDown', peer, reason }),
      dialFailed: (failed, reason, error) => presence.dialFailed(failed, reason, error),
      noted: (peer, bytes) => presence.tell({ type: 'edgeMessage', peer, bytes }),
      opened: (call, open, from) => calls.answer(call, open, from),
    },
    { stamps, limits, bounds, isMember: (peer) => membership.has(peer) },
  );
  const finding =
    options.discover &&
    new Finding(host, {
      ...{ id, url, circuit, view: membership },
      group: options.discover.group,
      join: (to, done) => presence.join(to, done),
      ready: options.discover.ready ?? (() => {}),
    });
  const sources: Sources = {
    host,
    circuit,
    membership,
    links,
    presence,
    resolver,
    operations,
    stamps,
    finding,
    keeper,
  };
  const queries = { malformed: 0 };
  const self = new ServerElement(() => ({
    url,
    joined,
    dropped: {
      ...links.dropped,
      datagrams: membership.counters.malformed,
      queries: queries.malformed,
    },
    status: {
      ...statusOf(sources),
      limits: limitsInUse({ host, limits, links, space, resolver }),
    },
  }));
  const space = new Namespace(self, host.log, limits);
  const { version = '' } = options;
  const told = { ...sources, id, url, version, startedAt, space, relays };
  const dispatch = new Dispatch({
    host,
    id,
    url,
    limits,
    held,
    parts,
    journal,
    operations,
    stamps,
    space,
    queries,
    subscriptions,
    servers: () => idsOf(membership).sort(),
    roster: () => roster(sources),
    join: (to, done) => presence.join(to, done),
    leave,
    die,
    stacks: () => stacksText(told),
    stats: () => serverStats(told),
  });
  const calls = new Calls({
    ...sources,
    id,
    dispatch,
    relays,
    served: (from, method) => options.observe?.({ type: 'served', from, method }),
    refusal: () => (leaving === undefined ? undefined : left),
  });

  function leave(): void {
    if (leaving !== undefined || over) return;
    const until = host.clock.now() + (options.drainMs ?? DRAIN_MS) * MS;
    leaving = { departed: false, drained: false, until };
    finding?.stop();
    host.streams.stopAccepting();
    const cut = new CircuitError(left.code, left.message, { outcomeUnknown: true });
    drain(host.clock, {
      until,
      calls: () => links.calls(),
      giveUp: (call) => call.abandon(cut),
      over: () => advance('drained'),
    });
    links.dismissClients(left);
    presence.leave();
  }

  function advance(what: 'departed' | 'drained'): void {
    if (leaving === undefined) return;
    leaving[what] = true;
    if (leaving.departed && leaving.drained) stop(left);
  }

  /** What was answered is sent before; then nothing is said any more, and nobody can dial. */
  function die(): void {
    host.clock.schedule(host.clock.now(), () => stop(undefined, { drains: true }));
  }

  function stop(
    reason: CircuitError | undefined,
    { drains }: { readonly drains: boolean } = { drains: reason !== undefined },
  ): void {
    if (over) return;
    over = true;
    finding?.stop();
    presence.stop();
    host.datagrams.close();
    host.nameServers.close();
    host.streams.stopAccepting();
    links.close(reason);
    if (drains) keeper?.flush();
    else keeper?.close();
    let open = 2;
    const ended = () => {
      if (--open === 0) options.observe?.({ type: 'stopped' });
    };
    const graceUs = limits.processGraceMs * MS;
    const { spawner, containers } = host;
    const owned = containers === undefined ? [spawner] : [spawner, containers];
    ending = endAll(host.clock, owned, { graceUs, over: ended });
    const until = Math.max(leaving?.until ?? 0, host.clock.now() + GOODBYE_US);
    // What was said last is still on its way out, as is what was done last to the disk.
    const close = () => {
      const now = host.clock.now();
      const isDone = !drains || (links.ending === 0 && keeper?.flushed !== false);
      if (!isDone && now < until) {
        host.clock.schedule(Math.min(until, now + GOODBYE_LOOK_US), close);
        return;
      }
      keeper?.close();
      host.streams.close();
      ended();
    };
    close();
  }

  presence.start();
  return {
    id,
    url,
    members: () => [...membership.members()],
    membership: () => membership,
    join: (to, done) => presence.join(to, done),
    leave,
    stop: () => {
      if (over) ending?.hurry();
      else stop(undefined);
    },
  };
}

function idsOf(membership: Membership): ServerId[] {
  return Array.from(membership.members(), ({ id }) => id);
}

function entryOf(event: 'joined' | 'left', { id, incarnation }: Member): Happening {
  // Nearly all are at the first: one text for all of them.
  const detail = incarnation === 0 ? 'incarnation 0' : `incarnation ${incarnation}`;
  return { event, path: id, detail };
}
