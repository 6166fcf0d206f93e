/** What hosts turn away, in both worlds. */

/** Why a peer, or a packet, was turned away. */
export type Refusal =
  /** A peer in plain text, at a host that has keys. */
  | 'noKey'
  /** A protected peer, at a host that has no keys. */
  | 'keyed'
  /** A protected peer with none of our keys. */
  | 'wrongKey'
  /** A peer that did not finish its handshake in time, or was one too many. */
  | 'silent'
  /** A packet that nobody with one of our keys made for us. */
  | 'forged'
  /** A packet that came before, or was made for somebody who was here before us. */
  | 'replayed'
  /** A protected stream that was changed or cut off on its way. */
  | 'broken';

/** Nothing was turned away yet. */
export function noRefusals(): Record<Refusal, number> {
  return { noKey: 0, keyed: 0, wrongKey: 0, silent: 0, forged: 0, replayed: 0, broken: 0 };
}
