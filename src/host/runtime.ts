/** What the process of a server takes of its host, since its start. */
export interface Usage {
  readonly cpuUs: number;
  readonly residentBytes: number;
  readonly heapBytes: number;
}

/** The process that a server runs in, seen by itself. */
export interface Runtime {
  usage(): Usage;
  /** What keeps it busy or awake, such as sockets and timers: one line each, for people. */
  activities(): readonly string[];
  /** Samples what it computes for so long; `profile` is a .cpuprofile in JSON. One at a time. */
  profile(
    us: number,
    done: (profile: Uint8Array | undefined, error: string | undefined) => void,
  ): void;
}
