/** The image of deploy/Dockerfile, run by a real engine as deploy/README.md says. */

import type Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openEngine, type TestEngine, tellSkipped } from '../support/docker.ts';
import { buildServerImage, execIn } from '../support/image.ts';
import { until } from '../support/programs.ts';

const found = await openEngine();
if (typeof found === 'string') tellSkipped('the image of a server', found);
const engine = found as TestEngine;
const built = typeof found === 'string' ? undefined : await build();
const image = built?.image as string;

async function build() {
  try {
    return await buildServerImage(engine);
  } catch (error) {
    await engine.close();
    throw error;
  }
}

/** May read the key, and is the group of nobody else in the image. */
const group = '990';
const patienceMs = 60_000;

describe.skipIf(typeof found === 'string')('the image', () => {
  const volumes = { files: `circuit-files-${engine.tag}`, keys: `circuit-keys-${engine.tag}` };
  const containers: Docker.Container[] = [];
  let first: Docker.Container;
  let second: Docker.Container;

  beforeAll(async () => {
    // As root, which may hand the key to a group.
    const making = 'circuit keygen > /etc/circuit/key && chgrp 990 /etc/circuit/key &&';
    const keygen = await engine.docker.createContainer({
      Image: image,
      User: 'root',
      Entrypoint: ['sh', '-c', `umask 077; ${making} chmod 0640 /etc/circuit/key`],
      Cmd: [],
      HostConfig: { NetworkMode: 'none', Binds: [`${volumes.keys}:/etc/circuit`] },
    });
    containers.push(keygen);
    await keygen.start();
    expect(await keygen.wait()).toMatchObject({ StatusCode: 0 });
    first = await run(['-a', '127.0.0.1:11022', '--drain', '60'], {
      NetworkMode: 'none',
      Binds: [`${volumes.files}:/var/lib/circuit`, `${volumes.keys}:/etc/circuit:ro`],
    });
    // In the network of the first, which nothing else can reach.
    const there = '/var/lib/circuit';
    second = await run(
      ['-a', '127.0.0.1:11023', '-j', await said(first, ['cat', `${there}/address`])],
      {
        NetworkMode: `container:${first.id}`,
        Binds: [`${volumes.keys}:/etc/circuit:ro`],
      },
    );
  }, 120_000);

  afterAll(async () => {
    for (const container of containers.reverse()) await container.remove({ force: true, v: true });
    for (const name of Object.values(volumes)) {
      await engine.docker.getVolume(name).remove({ force: true });
    }
    await built?.remove();
    await engine.close();
  });

  /** A server with nothing that it could do without; it serves. */
  async function run(args: string[], host: Docker.HostConfig): Promise<Docker.Container> {
    const container = await engine.docker.createContainer({
      Image: image,
      Cmd: args,
      Env: ['CIRCUIT_HMAC=/etc/circuit/key'],
      HostConfig: {
        ...host,
        ReadonlyRootfs: true,
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges'],
        GroupAdd: [group],
      },
    });
    containers.push(container);
    await container.start();
    await untilServing(container);
    return container;
  }

  async function untilServing(container: Docker.Container): Promise<void> {
    const serves = async () => {
      const { State } = await container.inspect();
      if (!State.Running) throw new Error(String(await container.logs({ stderr: true })));
      return (await execIn(container, ['circuit', 'ls', '/'])).code === 0;
    };
    await until('a server in a container serves', serves, patienceMs);
  }

  /** What a command in a container prints, without the end of the line. */
  async function said(container: Docker.Container, command: readonly string[]): Promise<string> {
    const { code, out, err } = await execIn(container, command);
    if (code === 0 && err === '') return out.trimEnd();
    throw new Error(`${command.join(' ')} ended with ${code}: ${err}`);
  }

  const shell = (container: Docker.Container, script: string) =>
    said(container, ['sh', '-c', script]);

  const servers = async (container: Docker.Container) =>
    (await said(container, ['circuit', 'ls', '/'])).split('\n');

  /** The path of the server of a container. */
  async function pathOf(container: Docker.Container): Promise<string> {
    const members = JSON.parse(await said(container, ['circuit', 'members', '--json']));
    return `/${members.find(({ dialled }: { dialled: boolean }) => dialled).id}`;
  }

  async function start(container: Docker.Container, path: string, script: string): Promise<void> {
    const command = JSON.stringify({ Path: '/bin/sh', Args: ['-c', script] });
    await shell(container, `echo '${command}' | circuit mkproc ${path}`);
  }

  test('serves as the user node, with keys, and becomes healthy', async () => {
    expect(await said(first, ['id', '-u'])).toBe('1000');
    const path = await pathOf(first);
    const { Status } = JSON.parse(await said(first, ['circuit', 'peek', path]));
    expect(Status.security.keys).toHaveLength(1);
    const health = async () => (await first.inspect()).State.Health?.Status;
    await until('it is healthy', async () => (await health()) === 'healthy', patienceMs);
  });

  test('and another find each other', async () => {
    await until('two are listed', async () => (await servers(first)).length === 2);
    expect(await servers(second)).toEqual(await servers(first));
  });

  test('runs processes, and reaps what they leave behind', async () => {
    const path = await pathOf(first);
    await start(second, `${path}/orphan`, 'setsid sleep 0.01 & touch /x; echo $?');
    expect(await said(second, ['circuit', 'stdout', `${path}/orphan`])).toBe('1');
    const zombies = () => shell(first, 'cat /proc/[0-9]*/stat 2>/dev/null | grep -c " Z " || true');
    await until('no zombie is left', async () => (await zombies()) === '0');
    expect(await shell(first, 'cat /proc/1/comm')).toBe('tini');
  });

  test('that is stopped leaves, lets what moves go on, and comes back on its volume', async () => {
    const path = await pathOf(first);
    const bytes = 100_000_000;
    await start(second, `${path}/zeros`, `head -c ${bytes} /dev/zero`);
    const slowly =
      'n=0; while c=$(dd bs=1M count=8 iflag=fullblock 2>/dev/null | wc -c) && [ $c -gt 0 ]; do ' +
      'n=$((n + c)); touch begun; sleep 0.1; done; echo $n';
    const reading = shell(second, `circuit stdout ${path}/zeros | (${slowly})`);
    await until('it is read', async () => (await shell(second, 'ls')).includes('begun'));
    await first.stop({ t: 100 });
    expect((await first.inspect()).State.ExitCode).toBe(0);
    expect(await reading).toBe(String(bytes));
    expect(await servers(second)).toEqual([await pathOf(second)]);

    await first.start();
    await untilServing(first);
    expect(await pathOf(first)).not.toBe(path);
    const journals = 'ls /var/lib/circuit | grep -c journal';
    expect(await shell(first, journals)).toBe('2');
  });
});
