/**
 * Every bound of the system, in one place. A bound that is reached gives its caller a LIMIT error,
 * makes a sender wait, or drops what a peer sent too much of; each entry says which, and what
 * moving it trades. Each has a test that goes past it.
 *
 * Those that one server enforces alone may be changed for that server: here is what they are else.
 * Which these are, and within what bounds, is in limit-table.ts, with units and a line for users.
 */

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

/** The bounds themselves. */
export const limits = {
  /** A frame; a larger one ends the connection. Bounds what one peer can make us collect. */
  frameBytesMax: MIB + 64 * KIB,
  /** The body of a call or of its answer. Larger: LIMIT. Larger results are streamed. */
  bodyBytesMax: MIB,
  /** Payload of one data frame; longer writes are cut. Larger frames: fewer, but less fair. */
  dataBytesMax: 64 * KIB,
  /** The first frame of a connection. A peer that has said nothing yet gets no more memory. */
  helloBytesMax: KIB,
  /** How long a peer may take to introduce itself, in ms, before it is disconnected. */
  helloTimeoutMs: 5_000,
  /**
   * Connections that have not introduced themselves; one more resets the one that waits longest.
   * Fewer: a seed that thousands join at once turns honest ones away, and they try again.
   */
  strangersMax: 4_096,
  /**
   * Secure connections whose handshake is under way; one more resets the one that began first. Each
   * takes some 100 KiB. Fewer: when thousands join one seed at once, some must dial again.
   */
  handshakesMax: 1_024,
  /**
   * Connections to a server with keys that have not said a byte, or were turned away and linger; one
   * more resets the one that came first. Fewer: less memory for strangers, and sooner full.
   */
  silentMax: 2_048,
  /**
   * How long, in ms, a connection may stand on after its key was removed. Longer: more calls end in
   * peace. Shorter: who should not be here any more is out sooner.
   */
  outdatedMs: 60_000,
  /**
   * How long, in ms, calls that a server opens are taken after the key of its connection was removed;
   * those of clients are not. Longer: what says that it is a server uses a removed key for longer.
   * Shorter: calls fail that a server relays before it has a connection with another key.
   */
  outdatedServerMs: 5_000,
  /**
   * Clients with a connection, those included whose last bytes are on their way; one more is turned
   * away with LIMIT. More: each takes a socket, and what it leaves unread, 1 MiB at first.
   */
  clientsMax: 8_192,
  /**
   * Connections that servers have opened to this one. Beyond, one is ended: of a server that is not
   * in the circuit, or that has nothing under way; and where there is none, it is one more.
   */
  peersMax: 16_384,
  /** Connections that one server has opened to this one; one more ends the oldest. */
  connectionsOfPeerMax: 8,
  /** Keys of a circuit that are taken at once; more are an error in the key file. */
  keysMax: 8,
  /**
   * Senders of sealed datagrams of which is known what was taken, so that nothing is taken twice. One
   * more, and the host gives itself a new salt, with which all packets made before are worthless.
   */
  sealSendersMax: 4_096,
  /**
   * Senders of sealed datagrams for nobody that are remembered; one more forgets the one that was
   * silent longest. Fewer: a recorded one is answered again, which does no harm.
   */
  sealAskersMax: 1_024,
  /** Addresses of which is known who is there; one more forgets the oldest, who is asked again. */
  sealPeersMax: 16_384,
  /**
   * Datagrams that are kept for the case that their receiver asks for them again, because the salt
   * they were made for is not its own; more, or older ones, are lost, as datagrams may be.
   */
  keptDatagramsMax: 4_096,
  /** What these take, in bytes. */
  keptDatagramBytesMax: MIB,
  /** How long, in ms, they are kept. At least a round trip. */
  keptDatagramMs: 2_000,
  /**
   * Notices a second to who has our key and does not know our salt; more are not sent. Fewer: after
   * a start, many peers hear of us later. More: replayed packets take more of our time.
   */
  noticesMax: 1_024,
  /** The same to who has an old salt of ours, and so perhaps no key: anybody can make us do that. */
  unprovenNoticesMax: 128,
  /** Senders to a multicast group that are told apart; one more forgets who was silent longest. */
  multicastSendersMax: 1_024,
  /** Calls one peer may have in flight; more fail with LIMIT. */
  callsInFlightMax: 16_384,
  /** Calls of all peers in flight; more fail with LIMIT. Each takes about 1 KiB. */
  callsMax: 262_144,
  /**
   * Calls that wait until the server that makes them, or the one they are for, is known; more fail
   * with LIMIT. They wait for a second at most.
   */
  waitingCallsMax: 4_096,
  /** The requests of such calls, in bytes together; more fail with LIMIT. */
  waitingBytesMax: 64 * MIB,
  /** Unsent bytes on one connection before it is given up: the peer reads nothing at all. */
  unsentBytesMax: 64 * MIB,
  /**
   * Unsent bytes on all connections of a server; beyond, the connection with most of them is given
   * up, that of a client first. Fewer: many slow readers of much are not served at once.
   */
  unsentAllBytesMax: 512 * MIB,
  /** What a connection takes before it says that it is full. Enough for a fast link. */
  writeAheadBytes: MIB,
  /**
   * What a server keeps for its peers: messages, events, commands, records, long answers, output
   * that was sent and not used up. Beyond, what would add to it fails with LIMIT, and readers and
   * writers of streams are ahead of each other by little. More: memory, until the server is killed.
   */
  heldBytesMax: GIB,
  /** What each message or event counts beside its own bytes: as measured. Less: memory unseen. */
  messageOverheadBytes: 768,
  /** Bytes that a reader of a stream lets the writer be ahead. Larger: faster over far links. */
  streamWindowBytes: MIB,
  /** A path, in bytes of UTF-8. Longer: BAD_ARGUMENT. */
  pathBytesMax: 4 * KIB,
  /** One component of a path, in bytes of UTF-8. */
  nameBytesMax: 255,
  /** Components of a path. */
  pathDepthMax: 64,
  /** Anchors of one server, empty ones included. More: LIMIT. */
  anchorsMax: 1_000_000,
  /** Elements of one server, of all kinds. More: LIMIT. Each takes some KiB. */
  elementsMax: 262_144,
  /** Channels of one server; more: LIMIT. */
  channelsMax: 131_072,
  /** Processes of one server that run, scrubbed ones included; more: LIMIT. */
  processesMax: 4_096,
  /** Path, directory, arguments and environment of a command, in bytes of UTF-8. More: LIMIT. */
  commandBytesMax: 512 * KIB,
  /** What may wait for a process or container to read its input; then its writer waits. */
  inputBytesMax: 256 * KIB,
  /** The capacity of a channel, in messages. Larger: BAD_ARGUMENT. */
  channelCapacityMax: 1_000_000,
  /** Bytes buffered in one channel; beyond, it counts as full whatever its capacity. */
  channelBytesMax: 256 * MIB,
  /** What a channel takes of one message before somebody receives it; longer ones then wait. */
  messageHeadBytes: 32 * KIB,
  /** Sends waiting at one channel, and as many receives; more fail with LIMIT. */
  channelWaitersMax: 65_536,
  /**
   * Events that wait in one subscription. Beyond, new ones are dropped, which peek counts. More
   * than `membersMax`, so that a new subscription to arrivals holds all servers. More: memory.
   */
  subscriptionEventsMax: 131_072,
  /** Subscriptions of one server; more: LIMIT. What nobody reads takes memory in each. */
  subscriptionsMax: 256,
  /** How long, in ms, a receiver may leave an offered message untaken before another gets it. */
  offerTimeoutMs: 2_000,
  /** Clauses of one select; more: LIMIT. */
  selectClausesMax: 256,
  /** Clauses of all selects that wait at one server; more: LIMIT. Each is a call under way. */
  selectClausesWaitingMax: 8_192,
  /** What a select at a server may receive, and then keeps, in bytes; longer: LIMIT. */
  selectMessageBytesMax: MIB,
  /** Selects of one server, with those that are done and were not scrubbed. More: LIMIT. */
  selectsMax: 1_024,
  /** DNS servers of one server; more: LIMIT. Each takes two sockets, and its connections. */
  dnsServersMax: 256,
  /** Containers of one server, with those that have ended and were not scrubbed. More: LIMIT. */
  containersMax: 4_096,
  /**
   * How long, in ms, processes and containers have to end when their server does, from TERM to KILL.
   * Longer: more of them end in order. Shorter: the server is gone sooner.
   */
  processGraceMs: 5_000,
  /**
   * What is read ahead of an output of a container at most, in bytes, so that the engine is not held
   * up. More: one that is just slow is mistaken oftener for one that is.
   */
  containerAheadBytesMax: 8 * MIB,
  /** What the container engine may answer to one question. More: ENGINE_FAILED. */
  engineAnswerBytesMax: 4 * MIB,
  /** A record of a DNS server in the syntax of a zone file, in bytes. Longer: LIMIT. */
  recordBytesMax: 64 * KIB,
  /** Records of one DNS server; more: LIMIT. */
  dnsRecordsMax: 100_000,
  /** What these take in messages; more: LIMIT. Bounds what one server can be made to keep. */
  dnsBytesMax: 16 * MIB,
  /** The same of the records of one name, which must fit into an answer of 65,535 bytes. */
  dnsNameBytesMax: 48 * KIB,
  /** CNAME records that one answer follows; it ends with the last of them. */
  dnsAliasesMax: 16,
  /** Addresses of servers that an answer gives unasked; more are left out. */
  dnsAdditionalMax: 64,
  /** TCP connections of one DNS server; one more resets the one that asked least recently. */
  dnsConnectionsMax: 100,
  /** How long, in ms, such a connection may stand without a query. Shorter: more dialling. */
  dnsIdleMs: 10_000,
  /**
   * How far ahead of our own time, in ms, a peer's stamp may be, so that ours go on from it. Longer:
   * one wrong clock takes the journals of all ahead with it. Shorter: more clocks count as wrong,
   * and what is done after hearing of them may be stamped before it.
   */
  stampAheadMs: 60_000,
  /** Entries of the journal of one server; beyond, the oldest drop out, and readers are told. */
  journalEntriesMax: 65_536,
  /** Paths, askers and details in a journal, in bytes together; beyond, the oldest drop out. */
  journalBytesMax: 16 * MIB,
  /** Characters of one detail of a journal entry, such as a record; longer ones are cut. */
  journalDetailCharsMax: 200,
  /** A file of a journal on disk, in bytes; then the next is begun. Smaller: more files. */
  journalFileBytesMax: 8 * MIB,
  /** All files of a journal, in bytes; beyond, the oldest are removed. Smaller: less is kept. */
  journalDiskBytesMax: 64 * MIB,
  /** Files of a journal; beyond, the oldest are removed. Each start of a server begins one. */
  journalFilesMax: 1_000,
  /** Readers of the journal of one server at a time; more fail with LIMIT. */
  journalReadersMax: 64,
  /** Entries of one server that a log keeps back to put them in order; then it reads no further. */
  logWaitingMax: 4_096,
  /** Who asks, as a server that relays tells it. The longest address is shorter. */
  askerBytesMax: 512,
  /** The longest CPU profile, in ms. Longer: BAD_ARGUMENT. */
  profileMsMax: 3_600_000,
  /** Lines of one section of `circuit stk`; how many more there are is said. */
  stackLinesMax: 1_000,
  /** Samples of one profile. Longer profiles sample less often, and so do not grow. */
  profileSamplesMax: 100_000,
  /** The text of an error that travels; longer ones are cut. */
  errorBytesMax: 4 * KIB,
  /** Servers of one circuit, departed ones included. More are not admitted. */
  membersMax: 65_536,
  /** Servers that are remembered after they left, so that old news cannot bring them back. */
  departedMax: 16_384,
  /**
   * Subjects whose latest news is remembered, for seconds, and those whose news is missing. The
   * oldest are forgotten: what is then lost, or told twice, digests and prunes put right.
   */
  newsMax: 4_096,
  /** Old records under verification; more are not taken up, and come up again. */
  verificationsMax: 16_384,
  /** Servers that have offered to report news, and are waited for. More: memory. */
  reportersMax: 1_024,
  /** Servers that are looked for at once; then the oldest is forgotten. */
  findingMax: 1_024,
  /**
   * Servers heard by multicast that are not known yet. More are not remembered: most become known
   * with the first of them, and the others are heard again.
   */
  candidatesMax: 256,
  /** Datagrams that wait to be sent, in bytes; more are lost. */
  datagramQueueBytesMax: 4 * MIB,
  /** The same of multicast, for each network interface. */
  multicastQueueBytesMax: MIB,
  /** Network interfaces on which others are looked for when none was chosen; others stay silent. */
  multicastInterfacesMax: 64,
} as const;

/** The name of a limit. */
export type LimitName = keyof typeof limits;

/** What one server goes by. */
export type Limits = { readonly [Name in LimitName]: number };
