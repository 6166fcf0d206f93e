/**
 * The door to the real world: a Host on the sockets, clocks, processes and files of this machine.
 *
 * What only a server needs is loaded only for a server: a client starts for one command, and most
 * of its time would go into loading.
 *
 * @module circuit/transport
 */

import type { Host, Log } from '../src/host/index.ts';
import { type Address, parseAddress, splitAddress } from '../src/id.ts';
import type { ServerLimits } from '../src/server-limits.ts';
import { NodeClock } from './clock.ts';
import { silentLog } from './log.ts';
import { NodeMulticast } from './multicast.ts';
import { NodeRandom } from './random.ts';
import { NodeRuntime } from './runtime.ts';
import type { KeyRing } from './security/keys.ts';
import type { HostMulticast } from './security/sealed-multicast.ts';
import { Vault } from './security/vault.ts';

export { JsonLog, type LineSink } from './log.ts';
export type { Key, KeyRing } from './security/keys.ts';

/**
 * Reads a file of keys, which nobody but its owner may have access to. Rejects with BAD_ARGUMENT when
 * it cannot be read, others have access, or what it holds are no keys.
 */
export async function readKeys(path: string): Promise<KeyRing> {
  return (await import('./security/keys.ts')).readKeyFile(path);
}

/**
 * The limits to start a server with in this process, of which the system bounds the descriptors:
 * those given, and of those left out the ones for which there are too few, such as `clientsMax`.
 * Rejects with BAD_ARGUMENT when one is given that no descriptors are left for.
 */
export async function limitsHere(given: ServerLimits = {}): Promise<ServerLimits> {
  return (await import('./descriptors.ts')).limitsWithin(given);
}

/** Where a host listens, keeps its files, and logs. */
export interface NodeHostOptions {
  /** Where a server listens, by TCP and UDP. Port 0, the default, means any that is free. */
  readonly listen?: Address;
  /** Where files are kept. Without it they are forgotten with the host. */
  readonly storageDir?: string;
  /** Nothing is logged without one. */
  readonly log?: Log;
  /** Only dials: listens nowhere, has no datagrams and starts no processes. */
  readonly client?: boolean;
  /** Containers are allowed, of the Docker engine of this machine or the one of DOCKER_HOST. */
  readonly docker?: boolean;
  /**
   * Processes and containers run on when the host is closed or dies. Otherwise they end with it: all
   * when it is closed, and processes also when our own process is killed.
   */
  readonly orphans?: boolean;
  /** The keys of the circuit. Without, nothing is protected. */
  readonly keys?: KeyRing;
  /**
   * Those of its server, as they are given to `startServer`: `helloTimeoutMs` is also how long a peer
   * may take to prove that it has a key.
   */
  readonly limits?: ServerLimits;
}

/** A host on the sockets, clocks, processes and files of this machine. */
export interface NodeHost extends Host {
  /**
   * Ends everything: tasks, sockets, files. What is left of processes is killed before this returns,
   * if they are not to be orphans. Resolves once the port is free.
   */
  close(): Promise<void>;
  /** Takes other keys; only of a host that was made with keys. */
  rekey(keys: KeyRing): void;
}

/** The parts of a host that must be closed. */
type Parts = Pick<
  Host,
  'containers' | 'datagrams' | 'streams' | 'multicast' | 'nameServers' | 'spawner' | 'storage'
> & {
  close(): Promise<void>;
};

/**
 * Rejects with BAD_ARGUMENT when it cannot listen there, or the storage is another server's; with
 * ENGINE_FAILED when containers are to be allowed and no engine answers.
 */
export async function nodeHost(options: NodeHostOptions = {}): Promise<NodeHost> {
  const log = options.log ?? silentLog;
  const vault = new Vault(log, options.keys);
  const clock = new NodeClock();
  const runtime = new NodeRuntime(() => clock.waiting);
  const parts =
    options.client === true ? await clientParts(vault) : await serverParts(options, vault);
  return {
    ...parts,
    clock,
    random: new NodeRandom(),
    log,
    security: vault,
    rekey: (keys) => vault.replace(keys),
    runtime,
    pid: process.pid,
    async close() {
      runtime.close();
      clock.close();
      await parts.close();
    },
  };
}

async function serverParts(options: NodeHostOptions, vault: Vault): Promise<Parts> {
  const [{ listen }, { watchDescriptors }, { NodeSpawner }, { NodeNameServers }] =
    await Promise.all([
      import('./listen.ts'),
      import('./descriptors.ts'),
      import('./spawner.ts'),
      import('./name-servers.ts'),
    ]);
  const orphans = options.orphans ?? false;
  const log = options.log ?? silentLog;
  const containers = options.docker === true ? await openContainers({ orphans, log }) : undefined;
  const storage = await openStorage(options.storageDir);
  try {
    const { streams, datagrams } = await listen(
      options.listen ?? parseAddress('127.0.0.1:0'),
      vault,
      options.limits?.helloTimeoutMs,
    );
    const multicast = await openMulticast(splitAddress(streams.address).host, vault);
    const spawner = new NodeSpawner({ orphans, log });
    const nameServers = new NodeNameServers();
    const unwatch = watchDescriptors(log);
    const close = async () => {
      unwatch();
      const processes = spawner.close();
      containers?.close();
      nameServers.close();
      datagrams.close();
      multicast.close();
      await Promise.all([processes, streams.close(), storage.close()]);
    };
    return { streams, datagrams, multicast, nameServers, spawner, containers, storage, close };
  } catch (error) {
    await storage.close();
    throw error;
  }
}

async function openContainers(options: { orphans: boolean; log: Log }) {
  return (await import('./containers.ts')).openContainers(options);
}

async function openStorage(directory: string | undefined) {
  if (directory === undefined) return new (await import('./memory-storage.ts')).MemoryStorage();
  return (await import('./storage.ts')).openStorage(directory);
}

/** `host`: the IP address of the interface to use; undefined: all of them. */
async function openMulticast(host: string | undefined, vault: Vault): Promise<HostMulticast> {
  const plain = new NodeMulticast(host);
  if (vault.first === undefined) return plain;
  return new (await import('./security/sealed-multicast.ts')).SealedMulticast(plain, vault);
}

async function clientParts(vault: Vault): Promise<Parts> {
  const { NodeStreams } = await import('./tcp.ts');
  const { MemoryStorage } = await import('./memory-storage.ts');
  const { noDatagrams, noNameServers: nameServers, noSpawner } = await import('./client.ts');
  const streams = new NodeStreams(vault);
  const storage = new MemoryStorage();
  const multicast = await openMulticast(undefined, vault);
  const close = async () => {
    storage.close();
    multicast.close();
    await streams.close();
  };
  return {
    streams,
    datagrams: noDatagrams(streams.address),
    multicast,
    nameServers,
    spawner: noSpawner,
    containers: undefined,
    storage,
    close,
  };
}
