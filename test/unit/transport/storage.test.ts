/** What only real files have: other processes, and a disk that fails. */

import { spawn } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type NodeHost, type NodeHostOptions, nodeHost } from '../../../transport/index.ts';
import { type NodeStorage, openStorage } from '../../../transport/storage.ts';
import { until } from './support.ts';

let directory: string;
const opened: NodeStorage[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'circuit-'));
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((storage) => storage.close()));
  rmSync(directory, { recursive: true, force: true });
});

async function open(path = directory): Promise<NodeStorage> {
  const storage = await openStorage(path);
  opened.push(storage);
  return storage;
}

function replace(storage: NodeStorage, name: string, bytes: Uint8Array) {
  return new Promise<string | undefined>((resolve) => storage.replace(name, bytes, resolve));
}

test('a directory that is not there is made', async () => {
  await open(join(directory, 'a', 'b'));
});

test('a directory that cannot be made is told', async () => {
  writeFileSync(join(directory, 'file'), '');
  const path = join(directory, 'file', 'a');
  await expect(open(path)).rejects.toMatchObject({
    code: 'BAD_ARGUMENT',
    message: expect.stringContaining(`cannot store anything in ${path}`),
  });
});

test('a second server is kept out, and told who is in', async () => {
  const first = await open();
  await expect(open()).rejects.toMatchObject({
    code: 'BAD_ARGUMENT',
    message: expect.stringContaining(`${directory} is in use by process ${process.pid}`),
  });
  await first.close();
  await first.close();
  await open();
});

test('a host that cannot listen gives its directory back', async () => {
  const options: NodeHostOptions = { storageDir: directory };
  const other: NodeHost = await nodeHost();
  await expect(nodeHost({ ...options, listen: other.streams.address })).rejects.toThrow('in use');
  await (await nodeHost(options)).close();
  await other.close();
});

test('a lock of a living process holds', async () => {
  writeFileSync(join(directory, '~lock.1'), `1 ${startOf(1)}\n`);
  await expect(open()).rejects.toThrow('in use by process 1');
});

test('a lock of a process that is gone is replaced', async () => {
  const gone = spawn('/bin/true');
  const pid = gone.pid as number;
  const start = startOf(pid);
  await new Promise((resolve) => gone.once('exit', resolve));
  writeFileSync(join(directory, '~lock.1'), `${pid} ${start}\n`);
  await open();
  expect(readFileSync(join(directory, '~lock.2'), 'utf8')).toContain(`${process.pid} `);
});

test.for(['', 'nonsense', '0 0', '-1 5', '4000000000 7'])(
  'a lock that says %j is replaced',
  async (lock) => {
    writeFileSync(join(directory, '~lock.1'), lock);
    await open();
  },
);

test('a lock of a process whose number another has now is replaced', async () => {
  writeFileSync(join(directory, '~lock.1'), `${process.pid} 1\n`);
  await open();
});

test('a lock of another container holds as long as its holder touches it', async () => {
  const path = join(directory, '~lock.1');
  writeFileSync(path, '1 5 elsewhere\n');
  const touching = setInterval(() => utimesSync(path, new Date(), new Date()), 100);
  await expect(open()).rejects.toThrow('in use by process 1');
  clearInterval(touching);
  await open();
  expect(readFileSync(join(directory, '~lock.2'), 'utf8')).toContain(`${process.pid} `);
});

test('a holder touches its lock', async () => {
  await open();
  const path = join(directory, '~lock.1');
  utimesSync(path, 0, 0);
  await until(() => statSync(path).mtimeMs > 0);
});

test('of many servers that find a stale lock at once, one gets the directory', async () => {
  writeFileSync(join(directory, '~lock.1'), '4000000000 7\n');
  const script = `
    const { openStorage } = await import(${JSON.stringify(import.meta.resolve('../../../transport/storage.ts'))});
    await new Promise((resolve) => process.stdin.once('data', resolve));
    openStorage(${JSON.stringify(directory)}).then(() => console.log('in'), () => console.log('out'));
    await new Promise((resolve) => process.stdin.once('end', resolve));`;
  const servers = Array.from({ length: 8 }, () =>
    spawn(process.execPath, ['--input-type=module', '--eval', script]),
  );
  const outputs = servers.map(() => '');
  servers.forEach((server, i) => {
    server.stdout.on('data', (bytes) => {
      outputs[i] += bytes;
    });
    server.stdin.write('go');
  });
  await until(() => outputs.every((output) => output !== ''));
  expect(outputs.filter((output) => output === 'in\n')).toHaveLength(1);
  for (const server of servers) server.stdin.end();
  await Promise.all(
    servers.map((server) => new Promise((resolve) => server.once('close', resolve))),
  );
  expect(readdirSync(directory)).toEqual([expect.stringMatching(/^~lock\.\d+$/)]);
});

test('whoever reads a file while it is replaced sees a whole one', async () => {
  const storage = await open();
  const path = join(directory, 'a');
  await replace(storage, 'a', new Uint8Array(100_000).fill(1));
  let replaced = 0;
  for (let fill = 2; fill <= 12; fill++) {
    storage.replace('a', new Uint8Array(fill * 10_000).fill(fill), () => replaced++);
  }
  await until(() => {
    const seen = readFileSync(path);
    expect([100_000, (seen[0] as number) * 10_000]).toContain(seen.length);
    expect(new Set(seen).size).toBe(1);
    return replaced === 11;
  });
  expect(readdirSync(directory).sort()).toEqual(['a', '~lock.1']);
});

test('a failing disk is told, and the next operation is tried all the same', async () => {
  const storage = await open();
  mkdirSync(join(directory, 'busy'));
  expect(await replace(storage, 'busy', Uint8Array.of(1))).toContain('cannot use busy');
  rmSync(join(directory, 'busy'), { recursive: true });
  expect(await replace(storage, 'busy', Uint8Array.of(1))).toBe(undefined);
});

test('after close nothing is told, but what was begun is on the disk', async () => {
  const storage = await open();
  let told = 0;
  storage.append('a', Uint8Array.of(1), () => told++);
  await storage.close();
  storage.append('a', Uint8Array.of(2), () => told++);
  await replace(await open(), 'b', Uint8Array.of(3));
  expect(told).toBe(0);
  expect([...readFileSync(join(directory, 'a'))]).toEqual([1]);
});

function startOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] as string;
}
