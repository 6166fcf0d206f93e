/**
 * The web application in the simulated world. Its two programs are virtual ones that run the same
 * code; each has a machine of its own to listen on, as a container would, since that of its server
 * has one port. Names are asked for and answered in real DNS messages.
 */

import { expect, test } from 'vitest';
import { resolveDoors } from '../../cli/resolve.ts';
import type { Get, Programs } from '../../examples/web-app/boot.ts';
import { type Cluster, type Program, SECOND, type SimHost } from '../../sim/index.ts';
import { type Address, type CircuitError, type Client, parseAddress } from '../../src/index.ts';
import { inCluster } from '../support/examples.ts';

resolveDoors();
const { boot } = await import('../../examples/web-app/boot.ts');
const { respond } = await import('../../examples/web-app/app.ts');
const { answer } = await import('../../examples/web-app/database.ts');
const { service } = await import('../../examples/web-app/names.ts');

const utf8 = new TextEncoder();

/** Answers each line that a connection brings by one. */
function serve(host: SimHost, reply: (line: string) => Promise<string>): void {
  host.streams.accept((connection) => {
    const lines = lineReader((line) => {
      void reply(line).then((text) => connection.write(utf8.encode(`${text}\n`)));
    });
    return { received: lines, drained: () => {}, closed: () => {} };
  });
}

function lineReader(take: (line: string) => void): (bytes: Uint8Array) => void {
  const decoder = new TextDecoder();
  let rest = '';
  return (bytes) => {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
  };
}

/** Sends one line to an address, and resolves with the first that comes back. */
function ask(host: SimHost, to: Address, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const connection = host.streams.dial(to, {
      received: lineReader((answer) => {
        resolve(answer);
        connection.end();
      }),
      drained: () => {},
      closed: (reason) => reject(new Error(reason)),
    });
    connection.write(utf8.encode(`${line}\n`));
  });
}

/** The parts of the one record of that name and type, after its name, TTL, class and type. */
function lookUp(host: SimHost, at: Address, name: string, type: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    host.nameServers.resolve({ at, name: `${name}.`, type }, (resolution) => {
      const [record] = resolution?.answers ?? [];
      if (record === undefined) reject(new Error(`${name} is nowhere`));
      else resolve(record.split(/\s+/).slice(4));
    });
  });
}

/** Registers both programs; the hosts that they listen on go when they are killed. */
function virtualPrograms(cluster: Cluster): { programs: Programs; hosts: Map<string, SimHost> } {
  const hosts = new Map<string, SimHost>();
  const register = (name: string, run: (host: SimHost, args: readonly string[]) => void) => {
    const program: Program = {
      start(args, io) {
        const host = cluster.clientHost();
        hosts.set(name, host);
        run(host, args);
        io.write('stdout', utf8.encode(`${host.machine.address}\n`));
      },
    };
    cluster.world.programs.register(`/opt/${name}`, program);
  };
  register('database', (host) => {
    const table = new Map<string, string>();
    serve(host, async (line) => answer(table, line));
  });
  register('app', (host, [, nameServer = '']) => {
    const at = parseAddress(nameServer);
    serve(host, async (path) => {
      const { status, body } = await respond(path, async (line) => {
        const [, , port, target = ''] = await lookUp(host, at, service, 'SRV');
        const [ip] = await lookUp(host, at, target.slice(0, -1), 'A');
        return ask(host, parseAddress(`${ip}:${port}`), line);
      });
      return `${status} ${body}`;
    });
  });
  const program = (name: string) => {
    return (...args: string[]) => ({ Path: `/opt/${name}`, Args: args });
  };
  return { programs: { database: program('database'), app: program('app') }, hosts };
}

/** As a browser would. */
function getting(host: SimHost): Get {
  return async (address, path) => {
    const response = await ask(host, parseAddress(address), path);
    if (!response.startsWith('200 ')) throw new Error(response);
    return response.slice(4);
  };
}

const elements = async (client: Client) =>
  (await client.walk('/').view({ recursive: true })).filter(({ path }) => path.includes('/shop/'));

test('the web application finds its database by name, and all of it is taken down', () =>
  inCluster('shop', async (cluster, client, outside, said) => {
    const { programs } = virtualPrograms(cluster);
    const get = getting(cluster.clientHost());
    const { address, end } = await boot(client, outside, programs, get);
    expect(said).toHaveLength(2);
    const kinds = (await elements(client)).map(({ kind }) => kind);
    expect(kinds.sort()).toEqual(['dns', 'proc', 'proc']);
    await get(address, '/put/fruit/apples%20and%20pears');
    expect(await get(address, '/get/fruit')).toBe('apples and pears');
    await get(address, '/del/fruit');
    await expect(get(address, '/get/fruit')).rejects.toThrow('404');
    await end();
    expect(await elements(client)).toEqual([]);
    for (const { host } of cluster.present) expect(host.spawner.left).toBe(0);
  }));

test('when the server of the database crashes, the web server says that it gets no answer', () =>
  inCluster('shop 2', async (cluster, client, outside, said) => {
    const { programs, hosts } = virtualPrograms(cluster);
    const get = getting(cluster.clientHost());
    const { address, end } = await boot(client, outside, programs, get);
    const below = cluster.present.find(({ id }) => said[0]!.endsWith(id));
    cluster.crash(below!.host.name);
    hosts.get('database')!.crash();
    await expect(get(address, '/get/fruit')).rejects.toThrow('503 the database gives no answer');
    if (client.connected) await end();
  }));

test('when the web server cannot reach its database, nothing of the application is left', () =>
  inCluster('shop 3', async (cluster, client, outside) => {
    const { programs, hosts } = virtualPrograms(cluster);
    const get = getting(cluster.clientHost());
    const booting = boot(client, outside, programs, get).catch((error: Error) => error.message);
    await cluster.until(() => hosts.has('app'));
    hosts.get('database')!.crash();
    expect(await booting).toContain('503');
    expect(await elements(client)).toEqual([]);
    await cluster.sleep(SECOND);
    for (const { host } of cluster.present) expect(host.spawner.left).toBe(0);
  }));

test('a boot fails, and leaves nothing, where the anchor of the database is taken', () =>
  inCluster('shop 4', async (cluster, client, outside) => {
    const { programs } = virtualPrograms(cluster);
    for (const { id } of cluster.present) {
      await client.walk(`/${id}/shop/database`).makeChan(1);
    }
    const get = getting(cluster.clientHost());
    const failed = await boot(client, outside, programs, get).catch((error: unknown) => error);
    expect((failed as CircuitError).code).toBe('ANCHOR_BUSY');
    expect((await elements(client)).map(({ kind }) => kind)).toEqual(Array(5).fill('chan'));
  }));
