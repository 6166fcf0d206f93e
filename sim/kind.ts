/** What can happen in the world, as the small numbers that the queue and the trace carry. */

export const ACTION = 1;
export const TIMER = 2;
export const DATAGRAM = 3;
export const SYN = 4;
export const SYN_ACK = 5;
export const ACK = 6;
export const REFUSED = 7;
export const SEGMENT = 8;
export const WINDOW = 9;
export const RESET = 10;
export const DIAL_RETRY = 11;
export const LINGER = 12;
export const RETRANSMIT = 13;
export const READ_ON = 14;
export const CLOSED = 15;
export const DISK = 16;
export const PROGRAM = 17;
export const BACKLOG = 18;
export const MULTICAST = 19;

const names = [
  'none',
  'action',
  'timer',
  'datagram',
  'syn',
  'syn-ack',
  'ack',
  'refused',
  'segment',
  'window',
  'reset',
  'dial-retry',
  'linger',
  'retransmit',
  'read-on',
  'closed',
  'disk',
  'program',
  'backlog',
  'multicast',
];

export function kindName(kind: number): string {
  return names[kind] ?? `kind-${kind}`;
}

const sent = [DATAGRAM, SYN, SYN_ACK, ACK, REFUSED, SEGMENT, WINDOW, RESET, MULTICAST];
/** One bit for each of them. */
const SENT = sent.reduce((bits, kind) => bits | (1 << kind), 0);

/** Whether an event of this kind is that something arrives, sent by the machine of index `a`. */
export function fromOther(kind: number): boolean {
  return ((SENT >> kind) & 1) === 1;
}

/** The payload of events that are no more than something to do. */
export interface Task {
  run(): void;
}
