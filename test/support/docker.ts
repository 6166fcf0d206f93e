/**
 * A Docker engine for tests: the one of this machine, or else one of our own with its files in a
 * directory that goes with it. With an image that holds a static busybox and nothing else. What the
 * tests leave is removed.
 *
 * An engine of our own hangs on one process, which ends with its standard input: whatever becomes of
 * the tests, also when they are killed, the engine ends then, the kernel takes its processes and its
 * mounts away, and its directory is removed.
 */

import { execFileSync, spawn } from 'node:child_process';
import { createReadStream, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { until } from './programs.ts';

const ownSocket = '/var/run/docker.sock';
const startPatienceMs = 240_000;

export interface TestEngine {
  /** For the environment of a server. */
  readonly env: { readonly DOCKER_HOST: string };
  readonly image: string;
  /** For images of a test's own, `name:tag`: that of nobody else. */
  readonly tag: string;
  /** The client library, on this engine. */
  readonly docker: Docker;
  /** What it says of all containers of our image, as `docker ps -a`. */
  list(): Promise<Docker.ContainerInfo[]>;
  /** Removes them. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** An engine, or why there can be none here. */
export async function openEngine(): Promise<TestEngine | string> {
  if (busybox() === undefined) return 'there is no static busybox (busybox-static)';
  const running = await answers(ownSocket);
  const engine = running ? { socket: ownSocket, stop: async () => {} } : await startEngine();
  if (typeof engine === 'string') return engine;
  const docker = new Docker({ socketPath: engine.socket });
  // Files of tests run at once, and each removes its own.
  const tag = `t${process.pid}-${Math.floor(performance.now())}`;
  const image = `circuit-test-busybox:${tag}`;
  await importImage(docker, image);
  const list = () => docker.listContainers({ all: true, filters: { ancestor: [image] } });
  const clear = async () => {
    for (const { Id } of await list()) {
      await docker.getContainer(Id).remove({ force: true, v: true }).catch(ignore);
    }
  };
  return {
    env: { DOCKER_HOST: `unix://${engine.socket}` },
    image,
    tag,
    docker,
    list,
    clear,
    async close() {
      await clear();
      await docker.getImage(image).remove({ force: true }).catch(ignore);
      await engine.stop();
    },
  };
}

/** Says so where nobody can miss it. */
export function tellSkipped(what: string, why: string): void {
  process.stderr.write(`\nSKIPPED: ${what}: ${why}\n`);
}

/**
 * Runs the rest of its words with a network, processes and mounts of their own, until its standard
 * input ends; then removes the directory that is its first word. An engine without a bridge removes
 * the docker0 that it finds, which may be that of another engine: there it finds none. Its data it
 * mounts onto themselves, which would stay mounted if it were killed.
 */
const hold = `
  trap '' INT TERM
  unshare --net --mount --pid --fork --mount-proc sh -c '
    exec 3<&0
    "$@" </dev/null 3<&- & engine=$!
    { cat <&3 >/dev/null; kill $engine; } &
    wait $engine' sh "$@"
  rm -rf "$0"`;

/** An engine of our own. */
async function startEngine(): Promise<{ socket: string; stop(): Promise<void> } | string> {
  if (process.getuid?.() !== 0) return 'no engine answers, and only root can start one';
  const program = ['/usr/sbin/dockerd', '/usr/bin/dockerd'].find((path) => existsSync(path));
  if (program === undefined) return 'no engine answers, and there is no dockerd (docker.io)';
  const directory = mkdtempSync(join(tmpdir(), 'circuit-docker-'));
  const socket = join(directory, 'docker.sock');
  const engine = spawn(
    'sh',
    [
      ...['-c', hold, directory, program],
      ...['--host', `unix://${socket}`, '--pidfile', join(directory, 'pid')],
      ...['--data-root', join(directory, 'data'), '--exec-root', join(directory, 'exec')],
      ...['--bridge', 'none', '--iptables=false', '--ip-forward=false', '--ip-masq=false'],
    ],
    { stdio: ['pipe', 'ignore', 'pipe'] },
  );
  let said = '';
  let ended = false;
  engine.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2_000);
  });
  engine.once('exit', () => {
    ended = true;
  });
  const stop = async () => {
    engine.stdin.end();
    await until('the engine ends', () => ended);
  };
  const up = async () => ended || (await answers(socket));
  await until('an engine starts', up, startPatienceMs);
  if (!ended) return { socket, stop };
  return `dockerd does not start here: ${said.trim().split('\n').at(-1)}`;
}

/** Makes an image of a busybox and what `furnish` adds to the directory that becomes its root. */
export async function importImage(
  docker: Docker,
  name: string,
  furnish: (root: string) => Promise<void> = async () => {},
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'circuit-image-'));
  const root = join(directory, 'root');
  const program = busybox() as string;
  for (const each of ['bin', 'tmp', 'etc', 'proc', 'dev']) {
    await mkdir(join(root, each), { recursive: true });
  }
  execFileSync('cp', [program, join(root, 'bin/busybox')]);
  const applets = execFileSync(program, ['--list'], { encoding: 'utf8' }).trim().split('\n');
  for (const applet of applets) {
    if (applet !== 'busybox') await symlink('busybox', join(root, 'bin', applet));
  }
  await furnish(root);
  const tar = join(directory, 'image.tar');
  const owner = ['--owner', '0', '--group', '0', '--numeric-owner'];
  execFileSync('tar', [...owner, '-C', root, '-cf', tar, '.']);
  const [repo, tag] = name.split(':');
  const options = { fromSrc: '-', repo, tag };
  const answer = (await docker.importImage(createReadStream(tar) as never, options)) as
    | NodeJS.ReadableStream
    | undefined;
  await new Promise<void>((resolve, reject) => {
    answer
      ?.on('end', () => resolve())
      .on('error', reject)
      .resume();
  });
  rmSync(directory, { recursive: true, force: true });
}

async function answers(socketPath: string): Promise<boolean> {
  try {
    await new Docker({ socketPath }).ping();
    return true;
  } catch {
    return false;
  }
}

/** One that runs where there is nothing else. */
function busybox(): string | undefined {
  return ['/bin/busybox', '/usr/bin/busybox'].find(isStatic);
}

/** Whether a program needs no loader, which a container would lack. */
function isStatic(path: string): boolean {
  return existsSync(path) && !readFileSync(path).subarray(0, 4_096).includes('/ld-linux');
}

function ignore(): void {}
