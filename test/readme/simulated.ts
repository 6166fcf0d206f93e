import type { Client } from 'circuit';
import { accuracy, SECOND, scenario } from 'circuit/sim';

/** Any function of a client: it knows nothing of the simulator. */
async function lastWords(client: Client, server: string): Promise<string> {
  const chan = await client.walk(`/${server}/words`).makeChan(0);
  return await chan.receiveText().catch((error) => error.code);
}

export default scenario({
  claim: 'who waits at a server that vanishes is told',
  checks: [accuracy()],

  async run(cluster) {
    const [near, far] = await cluster.startMany(5);
    if (near === undefined || far === undefined) return;
    const client = await cluster.client(near);
    const words = lastWords(client, far.id);
    await cluster.sleep(SECOND);
    cluster.dark(far.host.name);
    const heard = await words;
    if (heard !== 'SERVER_GONE') cluster.violate('told', `it heard ${heard}`);
  },
});
