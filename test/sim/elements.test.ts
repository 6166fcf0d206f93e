/** The whole server in the simulated world: its elements, through other servers, under faults. */

import { expect, test } from 'vitest';
import { SECOND } from '../../sim/index.ts';
import type { CircuitError } from '../../src/index.ts';
import { inCluster } from '../support/simulate.ts';

const codeOf = (error: unknown) => (error as CircuitError).code;

test('a process runs on one server through another, and its output comes back', () =>
  inCluster(async (cluster) => {
    const [near, far] = cluster.present;
    const client = await cluster.client(near!);
    const proc = await client.walk(`/${far!.id}/cat`).makeProc({ Path: '/bin/cat' });
    const stdin = proc.stdin();
    await stdin.write(new TextEncoder().encode('hello'));
    await stdin.end();
    let output = '';
    for await (const chunk of proc.stdout()) output += new TextDecoder().decode(chunk);
    expect(output).toBe('hello');
    expect(await proc.wait()).toMatchObject({ Phase: 'exited', Exit: null });
  }));

test('a wait ends with SERVER_GONE when the server of the process crashes', () =>
  inCluster(async (cluster) => {
    const [near, far] = cluster.present;
    const client = await cluster.client(near!);
    const proc = await client
      .walk(`/${far!.id}/sleep`)
      .makeProc({ Path: '/bin/sleep', Args: ['1000'] });
    const waiting = proc.wait().catch(codeOf);
    cluster.crash(far!.host.name);
    expect(await waiting).toBe('SERVER_GONE');
  }));

test('a wait ends with SERVER_GONE when the host of the process vanishes without a word', () =>
  inCluster(async (cluster) => {
    const [near, far] = cluster.present;
    const client = await cluster.client(near!);
    const chan = await client.walk(`/${far!.id}/chan`).makeChan(0);
    const waiting = chan.receive().catch(codeOf);
    await cluster.sleep(SECOND);
    const from = cluster.now;
    cluster.dark(far!.host.name);
    expect(await waiting).toBe('SERVER_GONE');
    expect(cluster.now - from).toBeLessThan(12 * SECOND);
  }));

test('a client whose own server vanishes without a word learns it, and is told the outcome is unknown', () =>
  inCluster(async (cluster) => {
    const [near, far] = cluster.present;
    const client = await cluster.client(near!);
    const chan = await client.walk(`/${far!.id}/chan`).makeChan(0);
    const waiting = chan.send('lost?').catch((error: unknown) => error);
    cluster.dark(near!.host.name);
    expect(await waiting).toMatchObject({ code: 'SERVER_GONE', outcomeUnknown: true });
  }));

test('a receiver that sleeps when a message is offered loses its turn and gets the next', () =>
  inCluster(async (cluster) => {
    const [node] = cluster.present;
    const awake = await cluster.client(node!);
    const path = `/${node!.id}/chan`;
    await awake.walk(path).makeChan(0);

    const sleeper = cluster.clientHost();
    const { connect } = await import('../../src/index.ts');
    const asleep = await connect(sleeper, node!.server.url);
    const first = asleep.walk(path).chan().receiveText();
    await cluster.sleep(SECOND);
    sleeper.pause();

    const sent = awake.walk(path).chan().send('one');
    expect(await awake.walk(path).chan().receiveText()).toBe('one');
    await sent;
    sleeper.resume();
    await awake.walk(path).chan().send('two');
    expect(await first).toBe('two');
  }));
