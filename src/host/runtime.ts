/** What the process of a server takes of its host, since its start. */
export interface Usage {
  /** Whole microseconds, of all processors together. */
  readonly cpuUs: number;
  readonly residentBytes: number;
  readonly heapBytes: number;
}

/** A profile that is being taken. */
export interface Profiling {
  /** Ends it early: `done` is not called, and the next may begin at once. Harmless afterwards. */
  cancel(): void;
}

/** The process that a server runs in, seen by itself. */
export interface Runtime {
  /** What it takes, as of now. */
  usage(): Usage;
  /** What keeps it busy or awake, such as sockets and timers: one line each, for people. */
  activities(): readonly string[];
  /**
   * Samples what it computes for so long, then hands over a .cpuprofile in JSON, or says why there
   * is none. One at a time; longer ones sample less often, so that each has a bounded size.
   */
  profile(
    us: number,
    done: (profile: Uint8Array | undefined, error: string | undefined) => void,
  ): Profiling;
}
