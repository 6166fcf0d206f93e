/**
 * The protocol's version. It is raised when a peer of the version before could misunderstand us;
 * peers of different versions refuse each other with a sentence that says so.
 *
 * 1: frames, calls with credit, offers, edge notes.
 * 2: introductions with the name of the circuit; membership by votes and trees.
 * 3: stamps in front of calls.
 */
export const PROTOCOL_VERSION = 3;

/** The first bytes of the first frame: what does not begin so is not a circuit peer. */
export const MAGIC = 0x43495243; // "CIRC"
