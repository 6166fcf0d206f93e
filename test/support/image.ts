/**
 * The image of deploy/Dockerfile, built by an engine that need not reach any network: on a base that
 * is made here, of a busybox, this Node and a tini, and of the program that is built in this clone.
 * So all of the Dockerfile is done but what npm does in its first stage.
 */

import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import type Docker from 'dockerode';
import { importImage, type TestEngine } from './docker.ts';

const root = join(import.meta.dirname, '../..');
/** What Debian calls it, and where Docker brings it along. */
const inits = ['/usr/bin/tini', '/usr/bin/docker-init', '/usr/libexec/docker/docker-init'];

/** Builds it; returns its name. What was named for it on the way is removed with it by `remove`. */
export async function buildServerImage(engine: TestEngine) {
  const { docker, tag } = engine;
  const base = `circuit-test-node:${tag}`;
  const image = `circuit-test-server:${tag}`;
  await importImage(docker, base, furnish);
  const directory = mkdtempSync(join(tmpdir(), 'circuit-context-'));
  try {
    for (const part of ['package.json', 'dist/cli', 'node_modules/dockerode']) {
      cpSync(join(root, part), join(directory, part), { recursive: true });
    }
    writeFileSync(join(directory, 'Dockerfile'), offline(base));
    const context = execFileSync('tar', ['-C', directory, '-c', '.'], { maxBuffer: 2 ** 28 });
    const build = await docker.buildImage(PassThrough.from([context]), { t: image });
    await new Promise<void>((resolve, reject) => {
      docker.modem.followProgress(build, (error, lines: { error?: string }[]) => {
        const failure = error ?? lines.find((line) => line.error !== undefined)?.error;
        failure === undefined || failure === null ? resolve() : reject(failure);
      });
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
  return {
    image,
    async remove() {
      for (const name of [image, base]) await docker.getImage(name).remove({ force: true });
    },
  };
}

/** What a base image of Node has beside what busybox can do. */
async function furnish(directory: string): Promise<void> {
  const init = inits.find((path) => existsSync(path));
  if (init === undefined) throw new Error(`there is no tini: none of ${inits.join(', ')}`);
  await install(process.execPath, join(directory, 'usr/local/bin/node'), directory);
  await install(init, join(directory, 'usr/bin/tini'), directory);
  await install('/bin/true', join(directory, 'usr/bin/apt-get'), directory);
  copyFileSync(join(directory, 'bin/busybox'), join(directory, 'usr/bin/env'));
  await mkdir(join(directory, 'var/lib'), { recursive: true });
  const accounts = 'root:x:0:0::/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n';
  writeFileSync(join(directory, 'etc/passwd'), accounts);
  writeFileSync(join(directory, 'etc/group'), 'root:x:0:\nnode:x:1000:\n');
}

/** Copies a program, and its libraries to where they are here. */
async function install(program: string, to: string, directory: string): Promise<void> {
  const libraries = execFileSync('ldd', [program], { encoding: 'utf8' }).match(/\/\S+(?= \()/g);
  const copies = [...new Set(libraries)].map((path) => [path, join(directory, path)] as const);
  for (const [from, target] of [[program, to] as const, ...copies]) {
    await mkdir(dirname(target), { recursive: true });
    copyFileSync(from, target);
  }
}

/** The Dockerfile, with the base of that name, and with what it copies instead of what npm does. */
function offline(base: string): string {
  const dockerfile = readFileSync(join(root, 'deploy/Dockerfile'), 'utf8');
  const npm = /^RUN rm -rf node_modules dist(.*\\\n)+.*\n/m;
  if (!npm.test(dockerfile)) throw new Error('the first stage of the Dockerfile is another');
  return dockerfile.replace(npm, '').replace(/^FROM \S+/gm, `FROM ${base}`);
}

/** What a command in a container came to, and all that it printed. */
export async function execIn(container: Docker.Container, command: readonly string[], user = '') {
  const options = { Cmd: [...command], AttachStdout: true, AttachStderr: true, User: user };
  const exec = await container.exec(options);
  const stream = await exec.start({});
  const [out, err] = [new PassThrough(), new PassThrough()];
  container.modem.demuxStream(stream, out, err);
  stream.on('end', () => {
    out.end();
    err.end();
  });
  const [printed, complained] = await Promise.all([text(out), text(err)]);
  return { code: (await exec.inspect()).ExitCode, out: printed, err: complained };
}
