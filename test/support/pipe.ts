/**
 * Two sessions joined in memory. Nothing moves until `run`, which delivers until both are quiet, so
 * a test decides what is under way; what each side heard is on record.
 */

import type { CircuitError } from '../../src/errors.ts';
import type { Stamps } from '../../src/journal/stamp.ts';
import type { SessionBounds } from '../../src/rpc/bounds.ts';
import type { Call, CallEvents } from '../../src/rpc/call.ts';
import { type Hello, NO_NAME } from '../../src/rpc/hello.ts';
import { type Open, Session } from '../../src/rpc/session.ts';
import { PROTOCOL_VERSION } from '../../src/wire/version.ts';

export interface Opened {
  readonly call: Call;
  readonly open: Open;
  readonly heard: Heard[];
}

/** What was heard on a call: the name of the event, then its arguments. */
export type Heard = readonly [string, ...unknown[]];

export class Side {
  readonly session: Session;
  /** Written by this side, not delivered yet. */
  outbox: Uint8Array[] = [];
  readonly written: number[] = [];
  readonly opened: Opened[] = [];
  readonly notes: string[] = [];
  readonly malformed: string[] = [];
  readonly congested: boolean[] = [];
  greeted: Hello | undefined;
  finished: CircuitError | undefined;
  /** Whether the output says that it is full. */
  full = false;
  /** Throws what the peer is turned away with. */
  admit: (hello: Hello) => void = () => {};
  /** Answers a call; by default it is only put on record. */
  answer: (call: Call, open: Open) => CallEvents = () => ({});

  constructor(options: {
    dialled: boolean;
    hello?: Partial<Hello>;
    stamps?: Stamps | undefined;
    bounds?: SessionBounds | undefined;
  }) {
    this.session = new Session({
      ...(options.bounds === undefined ? {} : { bounds: options.bounds }),
      dialled: options.dialled,
      hello: {
        version: PROTOCOL_VERSION,
        server: undefined,
        url: '',
        expects: undefined,
        circuit: NO_NAME,
        ...options.hello,
      },
      stamps: options.stamps,
      output: {
        write: (bytes) => {
          this.outbox.push(bytes.slice());
          this.written.push(bytes.length);
          return !this.full;
        },
        wake: () => {},
      },
      events: {
        admit: (hello) => this.admit(hello),
        greeted: (hello) => {
          this.greeted = hello;
        },
        opened: (call, open) => {
          const heard: Heard[] = [];
          this.opened.push({ call, open: { ...open, body: open.body.slice() }, heard });
          return recording(heard, this.answer(call, open));
        },
        noted: (bytes) => void this.notes.push(new TextDecoder().decode(bytes)),
        malformed: (what) => void this.malformed.push(what),
        congested: (yes) => void this.congested.push(yes),
        finished: (error) => {
          this.finished = error;
        },
      },
    });
  }

  /** Opens a call and puts on record what is heard on it. */
  open(
    options: { method?: number; body?: Uint8Array; end?: boolean; credit?: number } = {},
    events: CallEvents = {},
  ): Opened {
    const heard: Heard[] = [];
    const { method = 0, body = new Uint8Array(0), end = true, credit = 0 } = options;
    const request = { method, target: undefined, asker: undefined, body };
    const call = this.session.open(request, { end, credit }, recording(heard, events));
    return { call, open: { ...request, credit }, heard };
  }
}

export class Pipe {
  readonly near: Side;
  readonly far: Side;

  constructor(
    options: {
      near?: Partial<Hello>;
      far?: Partial<Hello>;
      stamps?: { readonly near?: Stamps; readonly far?: Stamps };
      /** Of the far side. */
      bounds?: SessionBounds;
    } = {},
  ) {
    const { stamps, bounds } = options;
    this.near = new Side({ dialled: true, hello: options.near ?? {}, stamps: stamps?.near });
    this.far = new Side({
      dialled: false,
      hello: options.far ?? {},
      stamps: stamps?.far,
      bounds,
    });
    this.near.session.start();
  }

  /** Flushes and delivers until nothing is under way; `chunk` cuts what is delivered. */
  run(chunk: (bytes: Uint8Array) => Uint8Array[] = (bytes) => [bytes]): this {
    for (;;) {
      this.near.session.flush();
      this.far.session.flush();
      if (this.near.outbox.length === 0 && this.far.outbox.length === 0) return this;
      this.deliver(this.near, this.far, chunk);
      this.deliver(this.far, this.near, chunk);
    }
  }

  deliver(
    from: Side,
    to: Side,
    chunk: (bytes: Uint8Array) => Uint8Array[] = (bytes) => [bytes],
  ): void {
    const under = from.outbox;
    from.outbox = [];
    for (const bytes of under) for (const part of chunk(bytes)) to.session.received(part);
  }
}

/** A pipe whose sides know each other. */
export function greetedPipe(bounds?: SessionBounds): Pipe {
  return new Pipe(bounds === undefined ? {} : { bounds }).run();
}

/** Bytes 0, 1, ..., 250, 0, ...: a byte out of place is seen. */
export function pattern(length: number, start = 0): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (start + i) % 251;
  return bytes;
}

/** What was heard of data, in one piece. */
export function dataOf(heard: readonly Heard[]): Buffer {
  return Buffer.concat(heard.filter(([what]) => what === 'data').map((h) => h[1] as Uint8Array));
}

/** The names of what was heard, without data and grants. */
export function namesOf(heard: readonly Heard[]): string[] {
  return heard.map(([what]) => what).filter((what) => what !== 'data' && what !== 'granted');
}

/** The error with which a call failed. */
export function failureOf(heard: readonly Heard[]): CircuitError | undefined {
  return heard.find(([what]) => what === 'failed')?.[1] as CircuitError | undefined;
}

/** Puts every event on record, then passes it on. */
function recording(heard: Heard[], events: CallEvents): CallEvents {
  const all: Required<CallEvents> = {
    replied: (body, end) => {
      heard.push(['replied', body.slice(), end]);
      events.replied?.(body, end);
    },
    offered: (offer, complete, bytes) => {
      heard.push(['offered', offer, complete, bytes.slice()]);
      events.offered?.(offer, complete, bytes);
    },
    taken: (offer) => {
      heard.push(['taken', offer]);
      events.taken?.(offer);
    },
    data: (bytes) => {
      heard.push(['data', bytes.slice()]);
      events.data?.(bytes);
    },
    ended: () => {
      heard.push(['ended']);
      events.ended?.();
    },
    granted: (bytes) => {
      heard.push(['granted', bytes]);
      events.granted?.(bytes);
    },
    room: () => {
      heard.push(['room']);
      events.room?.();
    },
    cancelled: () => {
      heard.push(['cancelled']);
      events.cancelled?.();
    },
    failed: (error) => {
      heard.push(['failed', error]);
      events.failed?.(error);
    },
  };
  return all;
}
