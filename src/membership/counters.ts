/** What happened in the membership layer of one server, counted since its start. */

export interface Counters {
  /** Events stepped, ticks included. */
  events: number;
  /** Probes sent, to suspects too, and acks received. */
  probes: number;
  acks: number;
  /** News messages sent, corrections included, and those received. */
  newsSent: number;
  newsReceived: number;
  /** Records received in any message. */
  records: number;
  /** Of these, how many said what we knew, and how many were outdated and were corrected. */
  repeated: number;
  stale: number;
  /** Views sent: to seeds, on differing digests, and to peers that asked. */
  viewsSent: number;
  /** Neighbours that we ourselves declared gone, by proof. */
  refused: number;
  silent: number;
  /** How often we had to refute our own departure. */
  refuted: number;
  /** Messages and datagrams dropped: not decodable, or nonsense. */
  malformed: number;
  /** Records dropped because the table is full. */
  noRoom: number;
}

export function newCounters(): Counters {
  return {
    events: 0,
    probes: 0,
    acks: 0,
    newsSent: 0,
    newsReceived: 0,
    records: 0,
    repeated: 0,
    stale: 0,
    viewsSent: 0,
    refused: 0,
    silent: 0,
    refuted: 0,
    malformed: 0,
    noRoom: 0,
  };
}
