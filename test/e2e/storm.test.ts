/** Many real servers that start at once and join through one of them, and what becomes of them. */

import { afterEach, expect, test } from 'vitest';
import { endAll, startServer, type TestServer } from '../support/circuit.ts';
import { Stage, until } from '../support/programs.ts';
import { allSee, idsOf, saidGone } from '../support/told.ts';

const count = 32;
const patienceMs = 120_000;

afterEach(endAll);

test(
  '32 servers that start at once see each other, miss one that is killed, and end',
  async () => {
    await using stage = new Stage();
    const seed = await startServer(['--log', 'info']);
    const rest = await timed('31 more started', () =>
      Promise.all(
        Array.from({ length: count - 1 }, () => startServer(['--log', 'info', '-j', seed.url])),
      ),
    );
    const servers = [seed, ...rest];
    await timed('all see all', () =>
      until('all see all', () => allSee(servers, servers), patienceMs),
    );
    await timed('all list all', () => allList(stage, servers));
    expect(saidGone(servers)).toEqual([]);

    const victim = servers[count / 2] as TestServer;
    const others = servers.filter((server) => server !== victim);
    victim.running.process.kill('SIGKILL');
    await timed('one killed, and gone for all', () =>
      until('all others see it gone', () => allSee(others, others), patienceMs),
    );
    await timed('all list the others', () => allList(stage, others));
    expect(saidGone(others)).toEqual([victim.id]);

    for (const { running } of others) running.process.kill('SIGTERM');
    const outcomes = await timed('all stopped', () =>
      Promise.all(others.map(({ running }) => running.ended)),
    );
    expect(outcomes.map(({ code }) => code)).toEqual(others.map(() => 0));
  },
  4 * patienceMs,
);

async function allList(stage: Stage, servers: readonly TestServer[]): Promise<void> {
  const wanted = idsOf(servers);
  for (const server of servers) {
    const client = await stage.client(server);
    expect(await client.servers()).toEqual(wanted);
    await client.close();
  }
}

/** Prints how long it took. */
async function timed<T>(what: string, act: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await act();
  console.log(`${what}: ${Math.round(performance.now() - began)} ms`);
  return result;
}
