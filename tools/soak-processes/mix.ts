/** What is done with processes, one kind after the other. Each leaves nothing behind in the end. */

import type { CircuitError, Client, Proc } from '../../src/index.ts';

/** Makes a process at `path`, does something with it, and removes it. Throws when that goes wrong. */
export type Kind = (client: Client, path: string) => Promise<void>;

const sleep = { Path: '/bin/sleep', Args: ['1000'] };
const shell = (script: string) => ({ Path: '/bin/sh', Args: ['-c', script] });

/** By name, in the order in which they are done. */
export const mix: Readonly<Record<string, Kind>> = {
  true: async (client, path) => {
    const proc = await client.walk(path).makeProc({ Path: '/bin/true' });
    await exits(proc, undefined);
    await proc.scrub();
  },
  false: async (client, path) => {
    const proc = await client.walk(path).makeProc({ Path: '/bin/false' });
    await exits(proc, 'exit status 1');
    await proc.scrub();
  },
  'cat, written to and read': async (client, path) => {
    const proc = await client.walk(path).makeProc({ Path: '/bin/cat' });
    const input = proc.stdin();
    await input.write(new TextEncoder().encode('some input'));
    await input.end();
    let text = '';
    for await (const bytes of proc.stdout()) text += new TextDecoder().decode(bytes);
    same(text, 'some input');
    await exits(proc, undefined);
    await proc.scrub();
  },
  'killed by a signal': async (client, path) => {
    const proc = await client.walk(path).makeProc(sleep);
    await proc.signal('KILL');
    await exits(proc, 'ended by signal KILL');
    await proc.scrub();
  },
  'no such program': async (client, path) => {
    const why = await client
      .walk(path)
      .makeProc({ Path: '/no/such/program' })
      .then(
        () => 'it was started',
        (error: CircuitError) => error.code,
      );
    same(why, 'SPAWN_FAILED');
    await client.walk(path).scrub();
  },
  'output that nobody reads': async (client, path) => {
    const proc = await client.walk(path).makeProc(shell('echo much; echo more >&2'));
    await exits(proc, undefined);
    await proc.scrub();
  },
  'killed while it writes and nobody reads': async (client, path) => {
    const proc = await client.walk(path).makeProc({ Path: '/usr/bin/yes' });
    await proc.scrub({ kill: true });
  },
  'scrubbed while it runs, and ends later': async (client, path) => {
    const proc = await client.walk(path).makeProc(shell('read line; exit 3'));
    await proc.scrub();
  },
  'killed with what it had started': async (client, path) => {
    const proc = await client.walk(path).makeProc(shell('sleep 1000 & sleep 1000'));
    await proc.scrub({ kill: true });
  },
  'gone before what it had started': async (client, path) => {
    const proc = await client.walk(path).makeProc(shell('sleep 1000 &'));
    await exits(proc, undefined);
    await proc.scrub({ kill: true });
  },
  'scrubbed by its exit': async (client, path) => {
    const proc = await client.walk(path).makeProc({ Path: '/bin/true', Scrub: true });
    await proc.wait().catch((error: CircuitError) => same(error.code, 'NO_SUCH_ANCHOR'));
  },
};

async function exits(proc: Proc, message: string | undefined): Promise<void> {
  const { Exit } = await proc.wait();
  same(Exit?.Message, message);
}

function same(got: string | undefined, wanted: string | undefined): void {
  if (got !== wanted) throw new Error(`it came to "${got}" instead of "${wanted}"`);
}
