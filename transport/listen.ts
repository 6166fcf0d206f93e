/**
 * Binds TCP and UDP to one port, because a server has one address for both.
 *
 * A port that the system may choose is chosen for TCP; if some other program has it for UDP, we let
 * it go and ask for another.
 */

import { CircuitError } from '../src/errors.ts';
import type { Datagrams } from '../src/host/network.ts';
import type { Address } from '../src/id.ts';
import { splitAddress } from '../src/id.ts';
import { sealedDatagrams } from './security/sealed-datagrams.ts';
import type { Vault } from './security/vault.ts';
import { listenTcp, type NodeStreams } from './tcp.ts';
import { openUdp } from './udp.ts';

const attemptsMax = 100;

export interface Bound {
  readonly streams: NodeStreams;
  readonly datagrams: Datagrams;
}

/**
 * Port 0 means any free one. Without a vault nothing is protected, and no peer is told of keys: a
 * name server speaks DNS. With keys, a peer may take `patienceMs` to prove that it has one, as long as
 * limits.helloTimeoutMs when left out. Rejects with BAD_ARGUMENT and what to do about it.
 */
export async function listen(address: Address, vault?: Vault, patienceMs?: number): Promise<Bound> {
  const { host, port } = splitAddress(address);
  for (let attempt = 1; ; attempt++) {
    try {
      return await bind({ host, port }, vault, patienceMs);
    } catch (error) {
      const another = port === 0 && codeOf(error) === 'EADDRINUSE' && attempt < attemptsMax;
      if (!another) throw new CircuitError('BAD_ARGUMENT', sentence(error, host, port));
    }
  }
}

async function bind(
  { host, port }: { host: string; port: number },
  vault: Vault | undefined,
  patienceMs: number | undefined,
): Promise<Bound> {
  const streams = await listenTcp(host, port, vault, patienceMs);
  try {
    const chosen = splitAddress(streams.address); // A name has become an IP address here.
    const datagrams = await openUdp(chosen.host, chosen.port);
    return { streams, datagrams: sealedDatagrams(datagrams, vault) };
  } catch (error) {
    await streams.close();
    throw error;
  }
}

function sentence(error: unknown, host: string, port: number): string {
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return `port ${port} of ${host} is in use: stop the program that has it, or choose another`;
    case 'EADDRNOTAVAIL':
      return `${host} is not an address of this machine: listen on one that is`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `there is no host "${host}": check its name, or write an IP address`;
    case 'EACCES':
      return `port ${port} of ${host} is for the superuser: choose one above 1023`;
    default:
      return `cannot listen on ${host}, port ${port}: ${(error as Error).message}`;
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string }).code;
}
