/** A server as a program: it starts, joins, says where it is, and leaves when it is told to. */

import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import {
  type Address,
  CircuitError,
  type CircuitUrl,
  type Level,
  limitsWith,
  type Profile,
  type Server,
  type ServerLimits,
  startServer,
} from '../src/index.ts';
import { JsonLog, limitsHere, type NodeHost, nodeHost } from '../transport/index.ts';
import { joinFirst } from './join.ts';
import { keysIn, rereading } from './keys.ts';
import { unblock } from './output.ts';
import type { Signals } from './signals.ts';
import { version } from './version.ts';

export interface ServeOptions {
  readonly address: Address;
  /** The first that answers is joined. */
  readonly join: readonly CircuitUrl[];
  /** The multicast group to find the others by; undefined for none. */
  readonly discover: Address | undefined;
  /** Its name; undefined for none. */
  readonly circuit: string | undefined;
  readonly profile: Profile;
  /** How long what is under way may go on when the server leaves. */
  readonly drainSeconds: number;
  /** For joining; undefined for as long as is usual. */
  readonly timeoutSeconds: number | undefined;
  readonly storageDir: string | undefined;
  /** With its keys; undefined for no protection. */
  readonly keyFile: string | undefined;
  /** Whether containers are allowed. */
  readonly docker: boolean;
  /** Whether processes and containers run on when the server ends. */
  readonly orphans: boolean;
  /** Where they are to differ from the usual. */
  readonly limits: ServerLimits;
  /** Undefined: two lines for people instead of a log. */
  readonly logLevel: Level | undefined;
  /** Called once the server serves. */
  readonly ready: (server: Server) => Promise<void>;
}

/** How long the leaving may take, beyond drain and grace, before we end all the same. */
const leaveMs = 10_000;
/** How long sockets and files may take to close; the end of the program closes them anyhow. */
const closeMs = 2_000;

/** Resolves with the exit code when the server has ended: 0 in order, else by a second signal. */
export async function serve(options: ServeOptions, signals: Signals): Promise<number> {
  signals.understand({ reloads: options.keyFile !== undefined });
  const { storageDir, circuit, profile, timeoutSeconds, discover } = options;
  await setImmediate(); // Signals that came while all this was loaded are told to us now.
  if (signals.leaving) return 0;
  const limits = await limitsHere(options.limits);
  const host = await Promise.race([hostOf(options), signals.told]);
  if (host === undefined) return 0;
  for (const stream of [process.stdout, process.stderr]) unblock(stream);
  const drainMs = options.drainSeconds * 1000;
  const { processGraceMs: graceMs } = limitsWith(options.limits);
  if (signals.leaving) {
    await host.close();
    return 0;
  }
  // That of an earlier start, which came to no orderly end, misleads whoever reads it meanwhile.
  if (storageDir !== undefined) host.storage.remove(urlFile, () => {});
  const stopped = Promise.withResolvers<void>();
  let over = false;
  let exitCode = 0;
  void stopped.promise.then(() => {
    over = true;
  });
  const listening = Promise.withResolvers<void>();
  const ready = (error: CircuitError | undefined) =>
    error === undefined ? listening.resolve() : listening.reject(error);
  const server: Server = startServer(host, {
    profile,
    version,
    drainMs,
    keepsJournal: storageDir !== undefined,
    limits,
    ...(circuit === undefined ? {} : { circuit }),
    ...(discover === undefined ? {} : { discover: { group: discover, ready } }),
    observe: (event) => {
      if (event.type === 'stopped') stopped.resolve();
    },
  });
  const end = () => {
    server.stop();
    stopped.resolve();
  };
  signals.obey({
    leave: () => {
      host.log.write('info', 'leaving', { server: server.id });
      server.leave();
      setTimeout(end, drainMs + graceMs + leaveMs).unref();
    },
    end: (code) => {
      exitCode = code;
      end();
    },
    reload: reloadOf(host, options),
  });
  try {
    if (discover !== undefined) await Promise.race([listening.promise, stopped.promise]);
    if (options.join.length > 0) {
      const joined = joinFirst(server, options.join, {
        timeoutSeconds,
        isOver: () => over || signals.leaving,
      });
      await Promise.race([joined, stopped.promise]);
    }
    if (storageDir !== undefined) await keepUrl(host, server.url);
  } catch (error) {
    server.stop();
    await host.close();
    throw error;
  }
  if (!over && !signals.leaving) {
    introduce(server, host, options);
    await Promise.race([options.ready(server), stopped.promise]);
  }
  await stopped.promise;
  host.log.write('info', 'stopped', { server: server.id });
  if (storageDir !== undefined && exitCode === 0) {
    await Promise.race([forgetUrl(host, server.url), sleep(closeMs)]);
  }
  // What is left of processes is killed at once.
  const closed = host.close();
  if (exitCode === 0) await Promise.race([closed, sleep(closeMs)]);
  return exitCode;
}

async function hostOf({ storageDir, logLevel, ...options }: ServeOptions): Promise<NodeHost> {
  return await nodeHost({
    limits: options.limits,
    listen: options.address,
    docker: options.docker,
    orphans: options.orphans,
    ...(await keysIn(options.keyFile)),
    ...(storageDir === undefined ? {} : { storageDir }),
    ...(logLevel === undefined ? {} : { log: new JsonLog(process.stderr, logLevel) }),
  });
}

/** What HUP does: a server with keys reads them again. */
function reloadOf(host: NodeHost, { keyFile, logLevel }: ServeOptions): () => void {
  if (keyFile === undefined) return () => {};
  return rereading(host, keyFile, (level, sentence) => {
    if (logLevel !== undefined) host.log.write(level, 'keys', { sentence });
    else process.stderr.write(`circuit: ${sentence}\n`);
  });
}

/** Of the directory of a server: its URL, for CIRCUIT; while it serves, and after a crash. */
const urlFile = 'address';

function keepUrl(host: NodeHost, url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    host.storage.replace(urlFile, new TextEncoder().encode(`${url}\n`), (error) => {
      if (error === undefined) resolve();
      else reject(new CircuitError('BAD_ARGUMENT', error));
    });
  });
}

/** Unless another server has the directory by now. Resolves also when the disk fails. */
function forgetUrl(host: NodeHost, url: string): Promise<void> {
  return new Promise((resolve) => {
    host.storage.read(urlFile, (bytes) => {
      if (new TextDecoder().decode(bytes) !== `${url}\n`) resolve();
      else host.storage.remove(urlFile, () => resolve());
    });
  });
}

/** Says who serves where, and what its user may not have meant: in the log, or to people. */
function introduce(server: Server, host: NodeHost, options: ServeOptions): void {
  const where = server.url.replace('circuit://', '').split('/')[0] as string;
  const warning = warningOf(where, options);
  if (options.logLevel === undefined) {
    process.stderr.write(`circuit server ${server.id} on ${where}\n`);
    if (warning !== undefined) process.stderr.write(`circuit: warning: ${warning}\n`);
    return;
  }
  host.log.write('info', 'serving', { server: server.id, url: server.url, version });
  if (warning !== undefined) host.log.write('warn', 'warning', { sentence: warning });
}

function warningOf(where: string, { address, discover, keyFile }: ServeOptions) {
  if (/^(127\.|localhost:|\[::1\]:)/.test(address)) {
    if (discover === undefined) return undefined;
    return (
      `only this machine can reach ${where}, and so only servers and clients ` +
      'on it find each other; give an address of a network with -a or -if'
    );
  }
  if (keyFile !== undefined) return undefined;
  return (
    `anybody who can reach ${where} can run programs on this machine; ` +
    'with -hmac FILE only those who have the key can'
  );
}
