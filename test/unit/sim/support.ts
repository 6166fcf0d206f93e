import { fixed, type SimHost, World, type WorldOptions } from '../../../sim/index.ts';
import type { CloseReason, Connection, ConnectionEvents } from '../../../src/host/index.ts';

export const LATENCY_US = 500;

/** A world in which every packet takes 500 us. */
export function steadyWorld(options: Partial<WorldOptions> = {}): World {
  return new World({ seed: 'steady', topology: fixed(LATENCY_US), ...options });
}

/** One end of a connection, and what happened to it. */
export class End implements ConnectionEvents {
  connection: Connection | undefined = undefined;
  openedAt: number | undefined = undefined;
  bytes = 0;
  chunks: Uint8Array[] = [];
  drains = 0;
  reason: CloseReason | undefined = undefined;
  closedAt: number | undefined = undefined;
  onReceived: (() => void) | undefined = undefined;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  get text(): string {
    return this.chunks.map((chunk) => new TextDecoder().decode(chunk)).join('');
  }

  opened(): void {
    this.openedAt = this.#world.now;
  }

  received(bytes: Uint8Array): void {
    this.#mustBeOpen();
    this.bytes += bytes.length;
    this.chunks.push(bytes);
    this.onReceived?.();
  }

  drained(): void {
    this.#mustBeOpen();
    this.drains++;
  }

  closed(reason: CloseReason): void {
    this.#mustBeOpen();
    this.reason = reason;
    this.closedAt = this.#world.now;
  }

  write(text: string): boolean {
    return this.connection?.write(new TextEncoder().encode(text)) ?? false;
  }

  #mustBeOpen(): void {
    if (this.reason !== undefined) throw new Error('something happened after closed');
  }
}

export function dial(world: World, from: SimHost, to: SimHost): End {
  const end = new End(world);
  end.connection = from.streams.dial(to.streams.address, end);
  return end;
}

/** The ends of the connections that `host` accepts from now on. */
export function accept(world: World, host: SimHost): End[] {
  const ends: End[] = [];
  host.streams.accept((connection) => {
    const end = new End(world);
    end.connection = connection;
    ends.push(end);
    return end;
  });
  return ends;
}

/** Alice dialled Bob, and the connection stands. */
export function pair(world: World) {
  const [alice, bob] = [world.addHost('alice'), world.addHost('bob')];
  const accepted = accept(world, bob);
  const a = dial(world, alice, bob);
  while (accepted.length === 0) world.step();
  return { alice, bob, a, b: accepted[0] as End };
}
