/** Containers of simulated machines, through other servers, under faults. */

import { expect, test } from 'vitest';
import { type Cluster, SECOND } from '../../sim/index.ts';
import type { Node } from '../../sim/node.ts';
import type { CircuitError } from '../../src/index.ts';
import { inCluster as inClusterOf } from '../support/simulate.ts';

const image = 'quiet';

const inCluster = (
  story: (cluster: Cluster, at: { near: Node; far: Node }) => Promise<void>,
): Promise<void> =>
  inClusterOf(async (cluster) => {
    cluster.world.programs.register(image, { start: () => {} });
    const [near, far] = cluster.present;
    await story(cluster, { near: near!, far: far! });
  });

const codeOf = (error: unknown) => (error as CircuitError).code;
const engineOf = (node: Node) => node.host.machine.engine;

test('a container runs on one server through another, and its output comes back', () =>
  inCluster(async (cluster, { near, far }) => {
    const client = await cluster.client(near);
    const anchor = client.walk(`/${far.id}/cat`);
    const docker = await anchor.makeDocker({ Image: image, Path: '/bin/cat' });
    expect(await anchor.get()).toMatchObject({ path: docker.path });
    const stdin = docker.stdin();
    await stdin.write(new TextEncoder().encode('hello'));
    await stdin.end();
    let output = '';
    for await (const chunk of docker.stdout()) output += new TextDecoder().decode(chunk);
    expect(output).toBe('hello');
    expect(await docker.wait()).toMatchObject({ State: { Status: 'exited', ExitCode: 0 } });
    await docker.scrub();
    expect(engineOf(far).names).toEqual([]);
  }));

test('an engine that goes down is told to whoever waits, and after it is back it is asked again', () =>
  inCluster(async (cluster, { near, far }) => {
    const client = await cluster.client(near);
    const docker = await client.walk(`/${far.id}/a`).makeDocker({ Image: image });
    const waits = [docker.wait().catch(codeOf), docker.stdout().next().catch(codeOf)];
    await cluster.sleep(SECOND); // They have arrived there.
    engineOf(far).down = true;
    for (const wait of waits) expect(await wait).toBe('ENGINE_FAILED');
    expect(await docker.wait().catch(codeOf)).toBe('ENGINE_FAILED');
    expect(await docker.peek().catch(codeOf)).toBe('ENGINE_FAILED');
    expect(await docker.signal('TERM').catch(codeOf)).toBe('ENGINE_FAILED');
    const other = client.walk(`/${far.id}/b`).makeDocker({ Image: image });
    expect(await other.catch(codeOf)).toBe('SPAWN_FAILED');
    engineOf(far).down = false;
    expect(await docker.peek()).toMatchObject({ State: { Running: true } });
    await docker.scrub();
    expect(engineOf(far).names).toEqual([]);
  }));

test('an image that is missing, and a container that somebody else removes', () =>
  inCluster(async (cluster, { near, far }) => {
    const client = await cluster.client(near);
    const docker = await client.walk(`/${far.id}/a`).makeDocker({ Image: image });
    const [name] = engineOf(far).names;
    engineOf(far).remove(name!);
    expect(await docker.wait()).toMatchObject({ State: { Status: 'removed', ExitCode: 137 } });
    engineOf(far).forgetImage(image);
    const anchor = client.walk(`/${far.id}/b`);
    expect(await anchor.makeDocker({ Image: image }).catch(codeOf)).toBe('SPAWN_FAILED');
    const state = {
      Status: 'failed',
      ExitCode: 127,
      Error: `no image ${image} on that host: docker pull ${image}`,
    };
    expect(await anchor.peek()).toMatchObject({ State: state });
    expect(await anchor.docker().wait()).toMatchObject({ State: state });
  }));

test('a server whose container runs on crashes, and a wait for it ends with SERVER_GONE', () =>
  inCluster(async (cluster, { near, far }) => {
    const client = await cluster.client(near);
    const docker = await client.walk(`/${far.id}/a`).makeDocker({ Image: image });
    const waiting = docker.wait().catch(codeOf);
    cluster.crash(far.host.name);
    expect(await waiting).toBe('SERVER_GONE');
    expect(engineOf(far).names.length).toBe(1);
  }));
