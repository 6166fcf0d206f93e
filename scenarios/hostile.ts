/**
 * Servers and clients among hosts that send them junk: random bytes, what others said with bits
 * changed, cut short or made longer, frames in no order, connections that say nothing, half of
 * something or read nothing, in bursts and from addresses that are not their own; and ordinary faults
 * besides. Clients see what they would see without, nobody is thought gone, or there, for junk, and
 * servers keep nothing of it.
 *
 * What is promised: that garbage does no harm. Not that lies do none: without keys, a frame that is
 * well formed is believed, whoever sent it, and whoever reaches the port may do all that a client
 * may. So what is sent here decodes to nothing, or asks and changes nothing; with keys, all of it
 * would be turned away before it is looked at.
 */

import {
  accuracy,
  agreement,
  churn,
  completeness,
  junkFrom,
  knownFirst,
  LinearizabilityChecker,
  order,
  randomOperations,
  SECOND,
  scenario,
  unharmed,
} from 'circuit/sim';

/** What servers count of what they dropped, as a peek shows it. */
interface Peeked {
  readonly Dropped: Readonly<Record<'frames' | 'datagrams', number>>;
}

const group = '228.8.8.8:7711';

export default scenario({
  claim: 'junk from outside changes no view, harms no operation, and takes no memory for long',
  /** faults: how many servers come and go in a minute; with 0, as few as two servers will do. */
  parameters: {
    servers: 5,
    seconds: 60,
    clients: 3,
    attackers: 3,
    junk: 60,
    burst: 100,
    faults: 4,
  },
  lengthUs: (p) => (p.seconds + 30) * SECOND,
  // Where nobody goes, nobody can be missed too late.
  checks: (p) => [
    ...[order(), knownFirst(), accuracy(), agreement()],
    // Edges, those that are being dialled, and clients.
    unharmed({ connectionsMax: 4 * p.servers + p.clients + 6 }),
    ...(p.faults > 0 ? [completeness()] : []),
  ],

  async run(cluster, p) {
    const random = cluster.world.random.fork('hostile');
    const checker = cluster.check(new LinearizabilityChecker(cluster));
    const discover = group as never;
    const nodes = await cluster.startMany(p.servers, { discover });
    const hosts = nodes.map(({ host }) => host.name);
    const times = { fromUs: cluster.now, toUs: cluster.now + p.seconds * SECOND };
    cluster.play(
      junkFrom(random.fork('junk'), {
        ...{ hosts, attackers: p.attackers, incidents: p.junk, burstMax: p.burst, ...times },
        group: discover,
      }),
    );
    if (p.faults > 0) {
      const [last = '', ...others] = hosts.slice(2).reverse();
      const at = times.fromUs + (p.seconds * SECOND) / 2;
      cluster.play([
        { at, type: 'crash', host: last },
        { at: at + 3 * SECOND, type: 'start', host: last },
      ]);
      cluster.play(
        churn(random.fork('churn'), {
          ...{ hosts: others, ...times, ratioPerMinute: p.faults / others.length },
          awayUs: { min: 3 * SECOND, max: 10 * SECOND },
          ways: { crash: 1, dark: 1, leave: 1 },
        }),
      );
    }
    await randomOperations(cluster, checker, { clients: p.clients, untilUs: times.toUs });
    // The last connections of the others are left open for a minute.
    await cluster.sleep(60 * SECOND);

    let dropped = 0;
    for (const node of cluster.present) {
      const client = await cluster.client(node);
      const { Dropped } = (await client.walk(`/${node.id}`).peek()) as Peeked;
      await client.close();
      cluster.measure('frames dropped', Dropped.frames);
      cluster.measure('datagrams dropped', Dropped.datagrams);
      dropped += Dropped.frames + Dropped.datagrams;
    }
    if (dropped === 0) cluster.violate('G11 unharmed', 'junk came, and nobody counted any');
  },
});
