/**
 * Somebody between a client and a server on the loopback, who passes on what they say, writes it
 * down, and may change it on its way.
 */

import { connect, createServer, type Server, type Socket } from 'node:net';

export type Direction = 'toServer' | 'toClient';

/** What passed on one connection before it was changed, both ways. */
export type Recording = Readonly<Record<Direction, Buffer[]>>;

/** What is passed on; after it both sides are ended, if so. */
export interface Passed {
  readonly bytes: Buffer;
  readonly cut?: boolean;
}

/** Gets each part of a stream, and from which byte on it is. */
export type Tampering = (direction: Direction, bytes: Buffer, at: number) => Passed;

export class ManInTheMiddle {
  readonly recordings: Recording[] = [];
  tampering: Tampering = (_direction, bytes) => ({ bytes });
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  /** Between whoever dials it and the server on that port. */
  static async before(port: number): Promise<ManInTheMiddle> {
    const server = createServer({ allowHalfOpen: true });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new ManInTheMiddle(server, port);
  }

  private constructor(server: Server, port: number) {
    this.#server = server;
    server.on('connection', (client) => {
      const recording = { toServer: [], toClient: [] };
      this.recordings.push(recording);
      const far = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      this.#pass(client, far, 'toServer', recording);
      this.#pass(far, client, 'toClient', recording);
    });
  }

  get url(): string {
    return `circuit://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  /** All that passed one way, on all connections. */
  said(direction: Direction): Buffer {
    return Buffer.concat(this.recordings.flatMap((recording) => recording[direction]));
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #pass(from: Socket, to: Socket, direction: Direction, recording: Recording): void {
    this.#sockets.add(from);
    let at = 0;
    from.setNoDelay(true);
    from.on('data', (bytes) => {
      recording[direction].push(bytes);
      const changed = this.tampering(direction, bytes, at);
      at += bytes.length;
      if (changed.bytes.length > 0) to.write(changed.bytes);
      if (changed.cut !== true) return;
      from.end();
      to.end();
    });
    from.on('end', () => to.end());
    // A reset is not passed on: nobody could tell it from one that the peer meant.
    from.on('error', () => to.end());
    from.on('close', () => this.#sockets.delete(from));
  }
}

/** Plays that to the server on that port; resolves with what it answered once it is done with us. */
export function play(port: number, recorded: Buffer): Promise<Buffer> {
  return new Promise((resolve) => {
    const heard: Buffer[] = [];
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(recorded));
    socket.on('data', (bytes) => heard.push(bytes));
    socket.on('error', () => {});
    socket.on('close', () => resolve(Buffer.concat(heard)));
  });
}

/** A server that plays that to everybody; what they say is on record. */
export async function playing(recorded: Buffer): Promise<{ url: string; close(): void }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', () => socket.write(recorded)).resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { url: `circuit://127.0.0.1:${port}`, close };
}

/** The records of TLS in a stream, with their headers. */
export function recordsOf(stream: Buffer): Buffer[] {
  const records: Buffer[] = [];
  for (let at = 0; at + 5 <= stream.length; ) {
    const end = at + 5 + stream.readUInt16BE(at + 3);
    records.push(stream.subarray(at, end));
    at = end;
  }
  return records;
}

/** Applies `change` to the records that one side says, as they come in whole. */
export function byRecord(
  direction: Direction,
  change: (record: Buffer, number: number) => readonly Buffer[],
): Tampering {
  let held = Buffer.alloc(0);
  let number = 0;
  return (going, bytes) => {
    if (going !== direction) return { bytes };
    held = Buffer.concat([held, bytes]);
    const out: Buffer[] = [];
    for (;;) {
      if (held.length < 5) break;
      const end = 5 + held.readUInt16BE(3);
      if (held.length < end) break;
      out.push(...change(held.subarray(0, end), number++));
      held = held.subarray(end);
    }
    return { bytes: Buffer.concat(out) };
  };
}
