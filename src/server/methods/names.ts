/** Methods about DNS servers. */

import type { Anchor } from '../../anchor/tree.ts';
import { Share } from '../../budget.ts';
import { DnsElement } from '../../element/dns.ts';
import { done, type Element } from '../../element/element.ts';
import { type Address, joinAddress, parseAddress, splitAddress } from '../../id.ts';
import type { Handlers, Surroundings } from './handlers.ts';

export function nameMethods({
  host,
  space,
  queries,
  limits,
  held,
}: Surroundings): Pick<Handlers, 'makeDns' | 'setRecord' | 'unsetRecords'> {
  const dns = (path: string) => space.get(path, 'DNS server', DnsElement);
  return {
    makeDns(call, { path, address }) {
      space.assertFree(path);
      space.assertRoom('dns', 'dnsServersMax');
      const at = address === '' ? anyPort(host.streams.address) : parseAddress(address);
      const share = new Share(held);
      const element = new DnsElement(host.nameServers, at, call, {
        limits,
        share,
        failed: () => space.release(anchor, element),
        malformed: () => void queries.malformed++,
      });
      const anchor: Anchor<Element> = space.attach(path, element, share);
      return { failed: () => element.starterGone(), cancelled: () => {} };
    },
    setRecord(call, { path, record }) {
      dns(path).set(record);
      done(call);
      return {};
    },
    unsetRecords(call, { path, name }) {
      dns(path).unset(name);
      done(call);
      return {};
    },
  };
}

/** Where the server itself listens, and nowhere else. */
function anyPort(address: Address): Address {
  return joinAddress(splitAddress(address).host, 0);
}
