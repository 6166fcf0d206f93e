/** The output of a process, by the program as it is shipped. */

import { join } from 'node:path';
import type { Case } from '../bench.ts';
import { builtProgram, inShell, node, startServer } from '../children.ts';
import type { Sample } from '../figure.ts';

const bytesEach = 512 * 2 ** 20;
const zeros = ['-c', String(bytesEach), '/dev/zero'];
const pipeProgram = join(import.meta.dirname, '../programs/pipe.ts');

export const stdout: Case = {
  name: 'stdout',
  claim: 'circuit stdout of a process that writes 512 MiB, into a pipe',
  async run(bench) {
    const server = await startServer();
    const client = await server.connect();
    let made = 0;
    const throughServer = async () => {
      const anchor = client.walk(`/${server.id}/zeros${made++}`);
      const proc = await anchor.makeProc({ Path: '/usr/bin/head', Args: zeros });
      const sample = await throughput([node, builtProgram, 'stdout', proc.path, '-d', server.url]);
      await proc.scrub();
      return sample;
    };
    await bench.contest({
      name: 'circuit stdout',
      unit: 'MB/s',
      better: 'more',
      goal: { value: 400, of: 'figure' },
      original: 105,
      cpuUnit: 'us per MB',
      repetitions: 5,
      withinMs: 25_000,
      note: 'with the start of the client; CPU time is that of the client, or of the rival',
      measure: throughServer,
      rivals: [
        {
          name: 'Node: child.stdout.pipe(process.stdout)',
          measure: () => throughput([node, pipeProgram, 'head', ...zeros]),
        },
        {
          name: 'head | cat | cat',
          measure: () => throughput(['sh', '-c', `head ${zeros.join(' ')} | cat | cat`]),
        },
      ],
    });
    await client.close();
  },
};

/** The output goes into a `wc -c`, which says how much it was. */
async function throughput(command: readonly string[]): Promise<Sample> {
  const { wallMs, cpuMs, printed } = await inShell('"$@" | wc -c', command);
  if (Number(printed) !== bytesEach) throw new Error(`${printed} bytes came of ${bytesEach}`);
  return { value: bytesEach / 1000 / wallMs, cpu: (cpuMs * 1000) / (bytesEach / 1e6) };
}
