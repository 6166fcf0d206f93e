/** Which attacks the report tries, and what is demanded of the servers meanwhile. */

import type { Order } from './attacker.ts';

/** What is demanded. Whatever is not named is only told. */
export interface Goals {
  /** By the attacked server, in MiB, over what it takes between the attacks. */
  readonly growthMib?: number;
  /** At the worst, over what it takes before the first attack. */
  readonly peakMib?: number;
  /** Of the throughput of honest clients without an attack. */
  readonly throughputShare?: number;
  /** Of the connects of honest clients, in ms. */
  readonly connectMs?: number;
  /** Of the log of the attacked server, at level info. */
  readonly logLines?: number;
}

export interface Case {
  readonly name: string;
  /** What is done to one of three servers, for people. */
  readonly what: string;
  readonly attacks: readonly Order[];
  /** Seconds of attack altogether, when not quick. */
  readonly seconds: number;
  readonly goals: Goals;
  /** The servers and the honest clients have a key; `attacker`: so has the attacker. */
  readonly keys?: 'servers' | 'attacker';
  /** On hosts of a network of its own; what is sent to the attacker is lost. */
  readonly deaf?: boolean;
}

const connect = { connectMs: 1_000 };
/** What no peer would say. */
const junk: Goals = { ...connect, growthMib: 32, throughputShare: 0.5, logLines: 100 };
/** What takes memory as long as it lasts, a bound for each connection. */
const held: Goals = { ...connect, peakMib: 128, throughputShare: 0.5, logLines: 100 };
/** Of who may ask: it costs what is asked for, up to the bounds. */
const asked: Goals = { ...connect, peakMib: 768 };

const perSecond = 10_000;
const connections = 64;
const many = 1_000;

function order(attack: Order['attack'], rate: number, count: number): Order {
  return { attack, rate, count };
}

const open: readonly Case[] = [
  {
    name: 'both',
    what: '10,000 forged datagrams and 10,000 junk messages a second at once',
    attacks: [
      order('forgedDatagrams', perSecond, 1),
      order('junkMessages', perSecond, connections),
    ],
    seconds: 60,
    goals: junk,
  },
  {
    name: 'random datagrams',
    what: '10,000 datagrams of random bytes a second',
    attacks: [order('randomDatagrams', perSecond, 1)],
    seconds: 8,
    goals: junk,
  },
  {
    name: 'forged datagrams',
    what: '10,000 a second that were real and then changed, repeated or answers to nobody',
    attacks: [order('forgedDatagrams', perSecond, 1)],
    seconds: 8,
    goals: junk,
  },
  {
    name: 'datagrams that begin well',
    what: '10,000 a second, each the beginning of a real one and then random bytes',
    attacks: [order('prefixDatagrams', perSecond, 1)],
    seconds: 8,
    goals: junk,
  },
  {
    name: 'random frames',
    what: '10,000 writes of random bytes a second, on 64 connections that are cut at the first',
    attacks: [order('randomFrames', perSecond, connections)],
    seconds: 8,
    goals: junk,
  },
  {
    name: 'garbage after a greeting',
    what: '10,000 writes of random frames a second, on 64 connections, each after a good greeting',
    attacks: [order('garbageAfterHello', perSecond, connections)],
    seconds: 8,
    goals: junk,
  },
  {
    name: 'over-long frames',
    what: '10,000 announcements of frames that are too long a second, on 64 connections',
    attacks: [order('overlongFrames', perSecond, connections)],
    seconds: 8,
    goals: junk,
  },
  {
    name: 'junk messages',
    what: '10,000 frames a second that are well-formed and mean nothing, on 64 connections',
    attacks: [order('junkMessages', perSecond, connections)],
    seconds: 8,
    goals: junk,
  },
  {
    name: 'connect flood',
    what: '2,000 connections a second, broken as soon as they stand',
    attacks: [order('connectFlood', 2_000, 1)],
    seconds: 8,
    goals: junk,
  },
  {
    name: 'silent',
    what: '1,000 connections that say nothing',
    attacks: [order('silent', 1, many)],
    seconds: 12,
    goals: held,
  },
  {
    name: 'half a greeting',
    what: '1,000 connections that say half of a greeting',
    attacks: [order('halfHello', 1, many)],
    seconds: 12,
    goals: held,
  },
  {
    name: 'half-open and silent',
    what: '1,000 connections with half a greeting and 1,000 with nothing at once',
    attacks: [order('halfHello', 1, many), order('silent', 1, many)],
    seconds: 12,
    goals: held,
  },
  {
    name: 'handshakes that never end',
    what: '1,000 connects of a host that no answer reaches, again and again (SYN without ACK)',
    attacks: [order('silent', 1, many)],
    seconds: 12,
    goals: held,
    deaf: true,
  },
  {
    name: 'greeted and silent',
    what: '1,000 connections that greet and then say nothing',
    attacks: [order('greetedSilent', 1, many)],
    seconds: 8,
    goals: held,
  },
  {
    name: 'slow greetings',
    what: '1,000 connections that say one byte of a greeting a second',
    attacks: [order('slowHello', 1, many)],
    seconds: 12,
    goals: held,
  },
  {
    name: 'slow frames',
    what: '1,000 connections that greet and say one byte a second of a frame of a MiB',
    attacks: [order('slowFrame', 1, many)],
    seconds: 8,
    goals: held,
  },
  {
    name: 'frames that never end',
    what: '200 connections that greet and say all but the last byte of a frame of a MiB',
    attacks: [order('unfinishedFrame', 1, 200)],
    seconds: 8,
    goals: asked,
  },
  {
    name: 'never read',
    what: '100 peers that each ask 1,200 times for listings, output, messages, the journal, members and stacks, and read nothing',
    attacks: [order('neverReads', 1, 100)],
    seconds: 8,
    goals: asked,
  },
  {
    name: 'a thousand never read',
    what: 'the same with 1,000 peers',
    attacks: [order('neverReads', 1, many)],
    seconds: 12,
    goals: asked,
  },
  {
    name: 'call flood',
    what: '8 clients with 16,384 calls in flight each, which they cancel, drop and open anew',
    attacks: [order('callFlood', 1, 8)],
    seconds: 8,
    goals: asked,
  },
  ...(
    [
      ['one', 1],
      ['ten', 10],
      ['a hundred', 100],
      ['a thousand', many],
    ] as const
  ).map(([name, count]) => ({
    name: `${name} greedy`,
    what: `clients with 500 cheap calls under way each, who read all answers: ${count} of them`,
    attacks: [order('greedyCalls', 1, count)],
    seconds: 8,
    goals: asked,
  })),
  {
    name: 'junk questions',
    what: '10,000 packets a second to a DNS server: random bytes, and damaged questions',
    attacks: [order('junkQuestions', perSecond, 1)],
    seconds: 8,
    goals: junk,
  },
  {
    name: 'everything',
    what: 'a client makes channels, subscriptions, selects and DNS servers as fast as it is let',
    attacks: [order('everything', 1, 8)],
    seconds: 8,
    goals: asked,
  },
];

/** By one who has no key, on servers that have one. */
const shut: readonly Case[] = [
  {
    name: 'packets that look sealed',
    what: '10,000 packets a second that look as if they were sealed with the key of the circuit',
    attacks: [order('sealedLookalikes', perSecond, 1)],
    seconds: 8,
    goals: junk,
  },
  {
    name: 'foreign handshakes',
    what: '300 handshakes of TLS a second with the right name of a key and another key',
    attacks: [order('foreignHandshakes', 300, 1)],
    seconds: 8,
    goals: { ...junk, growthMib: 64 },
  },
  {
    name: 'half handshakes',
    what: '1,000 connections that begin a handshake of TLS and stop halfway',
    attacks: [order('halfHandshakes', 1, many)],
    seconds: 12,
    goals: { ...held, peakMib: 256 },
  },
];

/** What a server with keys can be made to do by who has none: each case that needs no introduction. */
const closed = [
  'both',
  'random datagrams',
  'random frames',
  'connect flood',
  'half-open and silent',
];

/** What one can do who has the key: each case in which much is asked. */
const keyed = ['a thousand never read', 'a hundred greedy'];

/** All cases, in the order of the report. */
export const cases: readonly Case[] = [
  ...open,
  ...[...open.filter(({ name }) => closed.includes(name)), ...shut].map((each) => ({
    ...each,
    seconds: Math.min(each.seconds, 20),
    name: `keys: ${each.name}`,
    keys: 'servers' as const,
  })),
  ...open
    .filter(({ name }) => keyed.includes(name))
    .map((each) => ({ ...each, name: `with the key: ${each.name}`, keys: 'attacker' as const })),
];
