/**
 * Streams with keys that are ended, reset and written to at any moment. What Node does not stand
 * there ends the process, and so this file: see transport/security/reset.ts.
 */

import { randomBytes } from 'node:crypto';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { SimRandom } from '../../../sim/random.ts';
import type { Connection, ConnectionEvents } from '../../../src/host/index.ts';
import { type NodeHost, nodeHost } from '../../../transport/index.ts';
import { parseKeys } from '../../../transport/security/keys.ts';
import { until } from './support.ts';

const hosts: NodeHost[] = [];

afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()));
});

test('whenever a stream is ended or reset, it closes once, and so do the hosts', async () => {
  const random = new SimRandom('endings');
  const keys = parseKeys(randomBytes(32).toString('base64'), 'a test');
  for (let i = 0; i < 2; i++) hosts.push(await nodeHost({ keys }));
  const [a, b] = hosts as [NodeHost, NodeHost];
  const seen = { made: 0, closed: 0, opened: 0 };

  const eventsFor = (self: () => Connection): ConnectionEvents => ({
    opened: () => seen.opened++,
    received() {
      const chance = random.below(20);
      if (chance === 0) self().reset();
      if (chance === 1) self().end();
    },
    drained() {},
    closed: () => seen.closed++,
  });
  /** A moment that is often the same turn, or the next. */
  const soon = () =>
    [() => undefined, () => turn(), () => sleep(random.below(4))][random.below(3)]?.();
  const doings: ((connection: Connection) => void)[] = [
    (connection) => connection.write(new Uint8Array(100)),
    (connection) => connection.write(new Uint8Array(300_000)),
    (connection) => connection.end(),
    (connection) => connection.reset(),
    (connection) => connection.pause(),
    (connection) => connection.resume(),
  ];
  const drive = async (connection: Connection) => {
    for (let i = 0; i < 4; i++) {
      await soon();
      doings[random.below(doings.length)]?.(connection);
    }
    if (random.below(2) === 0) connection.end();
    await soon();
    connection.reset();
  };

  const driven: Promise<void>[] = [];
  b.streams.accept((connection) => {
    seen.made++;
    driven.push(drive(connection));
    return eventsFor(() => connection);
  });
  const dialler = async () => {
    for (let i = 0; i < 60; i++) {
      seen.made++;
      const opened = seen.opened;
      const connection: Connection = a.streams.dial(
        b.streams.address,
        eventsFor(() => connection),
      );
      if (random.below(8) > 0) await until(() => seen.opened > opened);
      await drive(connection);
    }
  };
  await Promise.all(Array.from({ length: 16 }, dialler));
  await Promise.all(driven);
  await until(() => seen.closed === seen.made);
  expect(seen.opened).toBeGreaterThan(100);
  expect(seen.made).toBeGreaterThan(1_000);
});
