/** What becomes of containers when the engine, the server or the reader does not do its part. */

import { readFileSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket, connect as socketTo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { connect } from '../../src/index.ts';
import { nodeHost } from '../../transport/index.ts';
import {
  begin,
  circuit,
  endAll,
  output,
  startServer,
  startServers,
  until,
} from '../support/circuit.ts';
import { openEngine, type TestEngine, tellSkipped } from '../support/docker.ts';

const found = await openEngine();
if (typeof found === 'string') tellSkipped('containers and what may go wrong', found);
const engine = found as TestEngine;

const MiB = 1024 * 1024;

/** Something at the address of an engine: it leads to the real one, or says nothing, or is gone. */
class Address implements AsyncDisposable {
  static #made = 0;
  readonly #path = join(tmpdir(), `circuit-engine-${process.pid}-${Address.#made++}.sock`);
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  get env(): { readonly DOCKER_HOST: string } {
    return { DOCKER_HOST: `unix://${this.#path}` };
  }

  get path(): string {
    return this.#path;
  }

  /** What connects is answered by the real engine, or with `silent` by nobody. */
  async open({ silent = false } = {}): Promise<this> {
    const real = engine.env.DOCKER_HOST.replace('unix://', '');
    const server = createServer({ allowHalfOpen: true }, (near) => {
      this.#keep(near);
      if (silent) return;
      const far = this.#keep(socketTo({ path: real, allowHalfOpen: true }));
      near.pipe(far).pipe(near);
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#path, resolve));
    return this;
  }

  /** As when the engine crashes. */
  close(): void {
    this.#server?.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
    rmSync(this.#path, { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    return socket;
  }
}

function memoryOf(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) * 1024;
}

describe('a server that is to allow containers', () => {
  afterEach(endAll);

  test.each([
    ['unix:///nowhere/docker.sock', 'no such file or directory'],
    ['tcp://127.0.0.1:1', 'connection refused'],
    ['://', 'DOCKER_HOST'],
  ])('does not start with the engine at %s', async (DOCKER_HOST, words) => {
    const { code, out, err } = await circuit(['start', '-docker'], { env: { DOCKER_HOST } });
    expect(err).toMatch(/^circuit: [^\n]*\n$/);
    expect(err).toContain(words);
    expect(err).toContain('DOCKER_HOST');
    expect(code).toBe(22);
    expect(out).toBe('');
  });

  test('does not start with an engine that accepts and says nothing', async () => {
    await using address = await new Address().open({ silent: true });
    const { code, err } = await circuit(['start', '-docker'], { env: address.env });
    expect(code).toBe(22);
    expect(err).toContain(`${address.path} does not answer (no answer within 10 s)`);
  });
});

describe.skipIf(typeof found === 'string')('a container', () => {
  afterEach(async () => {
    await endAll();
    await engine.clear();
  });
  afterAll(() => engine.close());

  const shell = (script: string) => ({
    input: JSON.stringify({ Image: engine.image, Path: '/bin/sh', Args: ['-c', script] }),
  });

  test('writes 100 MB to a slow reader, and the server keeps little of it', async () => {
    const { url, path, running } = await startServer(['-docker'], { env: engine.env });
    const size = 100 * MiB;
    await output(['mkdkr', '-d', url, `${path}/much`], shell(`head -c ${size} /dev/zero`));
    const before = memoryOf(running.pid, 'VmRSS');
    const host = await nodeHost({ client: true });
    const client = await connect(host, url);
    let read = 0;
    for await (const chunk of client.walk(`${path}/much`).docker().stdout()) {
      read += chunk.length;
      // Slower than whoever writes: each look at the memory of the server takes its time.
      expect(memoryOf(running.pid, 'VmRSS') - before).toBeLessThan(64 * MiB);
    }
    expect(read).toBe(size);
    await client.close();
    await host.close();
    expect(memoryOf(running.pid, 'VmHWM') - before).toBeLessThan(64 * MiB);
  });

  test('that nobody reads costs the server next to nothing', async () => {
    const { url, path, running } = await startServer(['-docker'], { env: engine.env });
    await output(['mkdkr', '-d', url, `${path}/first`], shell('exit 0'));
    const before = memoryOf(running.pid, 'VmRSS');
    await output(['mkdkr', '-d', url, `${path}/much`], shell('head -c 500000000 /dev/zero'));
    // Held back, it still runs, and the engine answers about it.
    for (let look = 0; look < 5; look++) {
      const { State } = JSON.parse(await output(['peek', '-d', url, `${path}/much`]));
      expect(State.Running).toBe(true);
    }
    expect(memoryOf(running.pid, 'VmHWM') - before).toBeLessThan(48 * MiB);
    await output(['scrub', '-d', url, `${path}/much`]);
    await output(['scrub', '-d', url, `${path}/first`]);
    expect(await engine.list()).toEqual([]);
  });

  test('of a server that ends in order ends with it, also one that has exited', async () => {
    const server = await startServer(['-docker'], { env: engine.env });
    const make = (name: string, script: string) =>
      output(['mkdkr', '-d', server.url, `${server.path}/${name}`], shell(script));
    await make('exited', 'exit 3');
    await make('running', 'trap "exit 0" TERM; while :; do sleep 0.1; done');
    await output(['wait', '-d', server.url, `${server.path}/exited`]);
    expect(await engine.list()).toHaveLength(2);
    process.kill(server.running.pid, 'SIGTERM');
    expect(await server.running.ended).toMatchObject({ code: 0 });
    expect(await engine.list()).toEqual([]);
  });

  test('of a server with --orphans runs on', async () => {
    const server = await startServer(['-docker', '--orphans'], { env: engine.env });
    await output(['mkdkr', '-d', server.url, `${server.path}/sleep`], shell('sleep 1000'));
    process.kill(server.running.pid, 'SIGTERM');
    expect(await server.running.ended).toMatchObject({ code: 0 });
    expect((await engine.list())[0]).toMatchObject({ State: 'running' });
    await engine.clear();
  });

  test('of a server that is killed is waited for with SERVER_GONE, and goes with the next start', async () => {
    const servers = await startServers(2);
    const [first] = servers;
    const third = await startServer(['-docker', '-j', first!.url], { env: engine.env });
    const dial = ['-d', first!.url];
    await until(
      async () => (await circuit(['ls', '/', ...dial])).out.includes(third.id),
      'the third is known',
    );
    const path = `${third.path}/sleep`;
    await output(['mkdkr', path, ...dial], shell('sleep 1000'));
    const waiting = ['wait', 'stdout'].map((what) => begin([what, path, ...dial]));
    const [container] = await engine.list();
    third.running.process.kill('SIGKILL');
    for (const each of waiting) expect(await each.ended).toMatchObject({ code: 10 });
    expect(await engine.list()).toMatchObject([{ Id: container?.Id, State: 'running' }]);

    // The next one on that host removes it, and nothing that has an owner or is to have none.
    await engine.docker.createContainer({
      Image: engine.image,
      Cmd: ['true'],
      name: `foreign-${process.pid}`,
    });
    const orphaned = await startServer(['-docker', '--orphans'], { env: engine.env });
    await until(async () => (await engine.list()).length === 1, 'it is removed');
    await output(['mkdkr', '-d', orphaned.url, `${orphaned.path}/runs-on`], shell('sleep 1000'));
    orphaned.running.process.kill('SIGKILL');
    await orphaned.running.ended;
    const owner = await startServer(['-docker'], { env: engine.env });
    await output(['mkdkr', '-d', owner.url, `${owner.path}/owned`], shell('sleep 1000'));
    const killed = await startServer(['-docker'], { env: engine.env });
    await output(['mkdkr', '-d', killed.url, `${killed.path}/left`], shell('sleep 1000'));
    expect(await engine.list()).toHaveLength(4);
    killed.running.process.kill('SIGKILL');
    await killed.running.ended;
    await startServer(['-docker'], { env: engine.env });
    await until(async () => (await engine.list()).length === 3, 'the one that is left goes');
    const peeked = JSON.parse(await output(['peek', '-d', owner.url, `${owner.path}/owned`]));
    expect(peeked.State.Running).toBe(true);
  });

  test('whose engine goes away is lost sight of, and nothing hangs', async () => {
    await using address = await new Address().open();
    const { url, path } = await startServer(['-docker'], { env: address.env });
    const dial = ['-d', url];
    const at = `${path}/lost`;
    await output(['mkdkr', at, ...dial], shell('echo first; sleep 1000'));
    const reader = begin(['stdout', at, ...dial]);
    await until(() => reader.output() === 'first\n', 'it runs');
    const waiting = begin(['wait', at, ...dial]);
    const writer = begin(['stdin', at, ...dial]);
    await output(['peek', at, ...dial]);
    address.close();

    for (const each of [waiting, writer, reader]) {
      const { code, err } = await each.ended;
      expect(code).toBe(22);
      expect(err).toContain('container engine');
    }
    for (const words of [['wait'], ['stdout'], ['stdin'], ['peek'], ['signal', 'TERM']]) {
      const { code, err } = await circuit([...words, at, ...dial]);
      expect(err).toMatch(/^circuit: [^\n]*\n$/);
      expect(code, words[0]).toBe(22);
    }
    const refused = await circuit(['mkdkr', `${path}/other`, ...dial], shell('exit 0'));
    expect(refused).toMatchObject({ code: 15 });
    expect((await circuit(['ls', '-l', `${path}/...`, ...dial])).out).toContain(`docker ${at}\n`);

    await address.open();
    expect(JSON.parse(await output(['peek', at, ...dial])).State.Running).toBe(true);
    expect(await circuit(['wait', at, ...dial])).toMatchObject({ code: 22 });
    await output(['scrub', at, ...dial]);
    expect(await engine.list()).toEqual([]);
  });

  test('that cannot be removed is named, and the element goes all the same', async () => {
    await using address = await new Address().open();
    const { url, path } = await startServer(['-docker'], { env: address.env });
    const dial = ['-d', url];
    await output(['mkdkr', `${path}/left`, ...dial], shell('sleep 1000'));
    address.close();
    const { code, err } = await circuit(['scrub', `${path}/left`, ...dial]);
    expect(code).toBe(22);
    expect(err).toMatch(/docker rm -f via-circuit-[0-9a-f]{16}/);
    expect(await circuit(['peek', `${path}/left`, ...dial])).toMatchObject({ code: 4 });
    const left = (await engine.list()).flatMap(({ Names }) => Names);
    expect(left.map((name) => err.includes(name.slice(1)))).toEqual([true]);
  });
});
