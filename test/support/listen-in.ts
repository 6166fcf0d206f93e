/** What really goes by datagram in a circuit: as one more server sees it, which leaves at last. */

import type { Host } from '../../src/host/index.ts';
import { parseCircuitUrl } from '../../src/id.ts';
import { startServer } from '../../src/server/server.ts';
import { nodeHost } from '../../transport/index.ts';
import { until } from './programs.ts';

/** Resolves once it has heard so many and has told all that it leaves. */
export async function listenIn(url: string, enough = 20): Promise<Uint8Array[]> {
  const recorded: Uint8Array[] = [];
  const host = await nodeHost();
  const { datagrams } = host;
  const listening: Host = {
    ...host,
    datagrams: {
      address: datagrams.address,
      send(to, bytes) {
        recorded.push(bytes.slice());
        datagrams.send(to, bytes);
      },
      receive(onDatagram) {
        datagrams.receive((from, bytes) => {
          recorded.push(bytes.slice());
          onDatagram(from, bytes);
        });
      },
      close: () => datagrams.close(),
    },
  };
  let stopped = false;
  const server = startServer(listening, {
    observe: (event) => {
      if (event.type === 'stopped') stopped = true;
    },
  });
  server.join(parseCircuitUrl(url), () => {});
  await until('it has heard enough', () => recorded.length >= enough, 60_000);
  server.leave();
  await until('it has left', () => stopped, 60_000);
  await host.close();
  return recorded;
}
