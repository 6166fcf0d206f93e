/**
 * What there is to say of each limit to those who run a server, and which of them a server may be
 * started with: docs/limits.md and `circuit limits` show it. Those without `range` are what both
 * sides of a connection rely on, or are enforced where no server is: they stay as they are.
 */

import { type LimitName, limits } from './limits.ts';

export interface LimitEntry {
  /** What it bounds. */
  readonly what: string;
  /** What happens beyond it. */
  readonly beyond: string;
  /** The least and the most that a server may be started with. */
  readonly range?: readonly [number, number];
}

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
const TIB = 1024 * GIB;
const MILLION = 1_000_000;

const ends = 'the connection ends';
const waits = 'who writes waits';
const oldest = 'the oldest is forgotten';
const ignored = 'more are ignored';
const cut = 'it is cut';
const badInput = 'BAD_ARGUMENT';

/** Every limit, in the order of limits.ts. */
export const limitTable = {
  frameBytesMax: { what: 'a frame', beyond: ends },
  bodyBytesMax: { what: 'a request, or an answer in one piece', beyond: 'LIMIT' },
  dataBytesMax: { what: 'a piece of a stream', beyond: cut },
  helloBytesMax: { what: 'the introduction of a peer', beyond: ends },
  helloTimeoutMs: {
    what: 'how long a peer may take to introduce itself',
    beyond: ends,
    range: [100, 600_000],
  },
  strangersMax: {
    what: 'connections that have not introduced themselves',
    beyond: 'the one that waits longest is reset',
    range: [16, MILLION],
  },
  handshakesMax: {
    what: 'secure connections whose handshake is under way',
    beyond: 'the one that began first is reset',
  },
  silentMax: {
    what: 'connections to a server with keys that have said nothing, or were turned away',
    beyond: 'the one that came first is reset',
  },
  outdatedMs: {
    what: 'how long a connection stands on after its key was removed',
    beyond: 'it is cut off',
  },
  outdatedServerMs: {
    what: 'how long calls that a server opens are taken after the key of its connection was removed',
    beyond: 'WRONG_KEY',
    range: [0, 60_000],
  },
  clientsMax: {
    what: 'connections of clients',
    beyond: 'LIMIT for the client that comes',
    range: [1, MILLION],
  },
  peersMax: {
    what: 'connections that servers have opened to this one',
    beyond: 'one of a server that is not in the circuit ends, or one with nothing under way',
    range: [16, MILLION],
  },
  connectionsOfPeerMax: {
    what: 'connections that one server has opened to this one',
    beyond: 'the oldest ends',
    range: [2, 1_000],
  },
  keysMax: { what: 'keys in a file', beyond: badInput },
  sealSendersMax: {
    what: 'hosts of which sealed datagrams are told from repeated ones',
    beyond: 'all are asked to seal anew',
  },
  sealAskersMax: {
    what: 'senders of sealed datagrams for nobody that are remembered',
    beyond: oldest,
  },
  sealPeersMax: { what: 'addresses for which it is known how to seal', beyond: oldest },
  keptDatagramsMax: { what: 'datagrams that are kept to be sealed again', beyond: oldest },
  keptDatagramBytesMax: { what: 'the same in bytes', beyond: oldest },
  keptDatagramMs: { what: 'how long such a datagram is kept', beyond: 'it is lost' },
  noticesMax: {
    what: 'notices a second to who has our key and seals for another start',
    beyond: 'more are not sent',
  },
  unprovenNoticesMax: { what: 'the same to who may have no key', beyond: 'more are not sent' },
  multicastSendersMax: { what: 'hosts whose sealed multicast is known', beyond: oldest },
  callsInFlightMax: {
    what: 'calls of one connection in flight',
    beyond: 'LIMIT',
    range: [64, MILLION],
  },
  callsMax: {
    what: 'calls of all connections in flight',
    beyond: 'LIMIT',
    range: [64, 16 * MILLION],
  },
  waitingCallsMax: {
    what: 'calls that wait for a server that is not known yet',
    beyond: 'LIMIT',
    range: [1, MILLION],
  },
  waitingBytesMax: {
    what: 'the requests of these calls together',
    beyond: 'LIMIT',
    range: [MIB, TIB],
  },
  unsentBytesMax: {
    what: 'what one connection leaves unread',
    beyond: 'from three quarters of it new calls fail with LIMIT; beyond, the connection ends',
    range: [MIB, TIB],
  },
  unsentAllBytesMax: {
    what: 'what all connections leave unread',
    beyond: 'the connection with most of it ends, of a client first',
    range: [MIB, TIB],
  },
  writeAheadBytes: {
    what: 'what a connection takes before it says that it is full',
    beyond: waits,
  },
  heldBytesMax: {
    what: 'what a server keeps for its peers',
    beyond: 'LIMIT; streams go on in small pieces; events are dropped',
    range: [MIB, TIB],
  },
  messageOverheadBytes: {
    what: 'what a message counts beside its own bytes',
    beyond: 'nothing: it is a price',
  },
  streamWindowBytes: {
    what: 'how far the writer of a stream may be ahead of its reader',
    beyond: waits,
  },
  pathBytesMax: { what: 'a path', beyond: badInput },
  nameBytesMax: { what: 'one name of a path', beyond: badInput },
  pathDepthMax: { what: 'names of a path', beyond: badInput },
  anchorsMax: {
    what: 'anchors, empty ones included',
    beyond: 'LIMIT',
    // A listing of more would not be understood.
    range: [1, limits.anchorsMax],
  },
  elementsMax: {
    what: 'elements of all kinds',
    beyond: 'LIMIT',
    range: [0, MILLION],
  },
  channelsMax: { what: 'channels', beyond: 'LIMIT', range: [0, MILLION] },
  processesMax: {
    what: 'processes that run, scrubbed ones included',
    beyond: 'LIMIT',
    range: [0, MILLION],
  },
  commandBytesMax: {
    what: 'the path, directory, arguments and environment of a process or container',
    beyond: 'LIMIT',
    range: [KIB, MIB],
  },
  inputBytesMax: {
    what: 'what waits for a process to read its input',
    beyond: waits,
  },
  channelCapacityMax: {
    what: 'the capacity of a channel',
    beyond: badInput,
    range: [0, limits.channelCapacityMax],
  },
  channelBytesMax: {
    what: 'messages in the buffer of one channel',
    beyond: 'it counts as full: senders wait',
    range: [KIB, TIB],
  },
  messageHeadBytes: {
    what: 'what is taken of a message before somebody receives it',
    beyond: 'the sender waits',
  },
  channelWaitersMax: {
    what: 'sends that wait at one channel, and as many receives',
    beyond: 'LIMIT',
    range: [1, MILLION],
  },
  subscriptionEventsMax: {
    what: 'events that wait in one subscription',
    beyond: 'new ones are dropped, and counted',
    range: [1, MILLION],
  },
  subscriptionsMax: {
    what: 'subscriptions',
    beyond: 'LIMIT',
    range: [0, 65_536],
  },
  offerTimeoutMs: {
    what: 'how long a receiver may leave a message untaken',
    beyond: 'another receiver gets it',
  },
  selectClausesMax: { what: 'clauses of one select', beyond: 'LIMIT' },
  selectClausesWaitingMax: {
    what: 'clauses of all selects that wait',
    beyond: 'LIMIT',
    range: [0, MILLION],
  },
  selectMessageBytesMax: {
    what: 'what a select receives and keeps',
    beyond: 'LIMIT',
    range: [0, GIB],
  },
  selectsMax: {
    what: 'selects, those that are done included',
    beyond: 'LIMIT',
    range: [0, MILLION],
  },
  dnsServersMax: { what: 'DNS servers', beyond: 'LIMIT', range: [0, 16_384] },
  containersMax: {
    what: 'containers, those that have ended included',
    beyond: 'LIMIT',
    range: [0, MILLION],
  },
  processGraceMs: {
    what: 'how long processes and containers have to end when their server does',
    beyond: 'they are killed',
    range: [0, 600_000],
  },
  containerAheadBytesMax: {
    what: 'what is read ahead of an output of a container',
    beyond: 'the engine waits',
  },
  engineAnswerBytesMax: {
    what: 'an answer of the container engine',
    beyond: 'ENGINE_FAILED',
  },
  recordBytesMax: { what: 'a record as text', beyond: 'LIMIT' },
  dnsRecordsMax: {
    what: 'records of one DNS server',
    beyond: 'LIMIT',
    range: [0, 10 * MILLION],
  },
  dnsBytesMax: {
    what: 'the same in bytes',
    beyond: 'LIMIT',
    range: [KIB, GIB],
  },
  dnsNameBytesMax: { what: 'the records of one name', beyond: 'LIMIT' },
  dnsAliasesMax: { what: 'CNAME records that an answer follows', beyond: 'it ends' },
  dnsAdditionalMax: {
    what: 'addresses that an answer gives unasked',
    beyond: 'they are left out',
  },
  dnsConnectionsMax: {
    what: 'TCP connections of one DNS server',
    beyond: 'the one that asked least recently is reset',
  },
  dnsIdleMs: { what: 'how long such a connection stands idle', beyond: 'it is reset' },
  stampAheadMs: {
    what: 'how far ahead of our time the stamp of a peer may be',
    beyond: 'it is not believed, and counted',
  },
  journalEntriesMax: {
    what: 'entries of the journal in memory',
    beyond: 'the oldest drop out',
    range: [1, 16 * MILLION],
  },
  journalBytesMax: {
    what: 'texts of these entries',
    beyond: 'the oldest drop out',
    range: [64 * KIB, 16 * GIB],
  },
  journalDetailCharsMax: { what: 'a detail of an entry', beyond: cut },
  journalFileBytesMax: {
    what: 'a file of a journal on disk',
    beyond: 'the next is begun',
    range: [64 * KIB, GIB],
  },
  journalDiskBytesMax: {
    what: 'all files of a journal',
    beyond: 'the oldest are removed',
    range: [64 * KIB, 1_024 * GIB],
  },
  journalFilesMax: {
    what: 'files of a journal',
    beyond: 'the oldest are removed',
    range: [1, MILLION],
  },
  journalReadersMax: {
    what: 'readers of the journal at a time',
    beyond: 'LIMIT',
    range: [0, 65_536],
  },
  logWaitingMax: {
    what: 'entries of one server that a log keeps back',
    beyond: 'it reads no further meanwhile',
  },
  askerBytesMax: { what: 'who asks, as a relay tells it', beyond: ends },
  profileMsMax: { what: 'a CPU profile', beyond: badInput },
  stackLinesMax: { what: 'lines of a section of stk', beyond: cut },
  profileSamplesMax: { what: 'samples of a profile', beyond: 'they are fewer' },
  errorBytesMax: { what: 'the text of an error', beyond: cut },
  membersMax: { what: 'servers of a circuit', beyond: 'more are not admitted' },
  departedMax: { what: 'departed servers that are remembered', beyond: oldest },
  newsMax: { what: 'subjects of news that are remembered', beyond: oldest },
  verificationsMax: { what: 'old records under verification', beyond: ignored },
  reportersMax: { what: 'servers that have offered news', beyond: ignored },
  findingMax: { what: 'servers that are looked for', beyond: oldest },
  candidatesMax: { what: 'servers heard by multicast alone', beyond: ignored },
  datagramQueueBytesMax: { what: 'unsent datagrams', beyond: 'more are lost' },
  multicastQueueBytesMax: {
    what: 'unsent multicast of one interface',
    beyond: 'more is lost',
  },
  multicastInterfacesMax: {
    what: 'interfaces of multicast when none was chosen',
    beyond: 'more are not used',
  },
} as const satisfies { readonly [Name in LimitName]: LimitEntry };
