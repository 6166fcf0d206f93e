import { Command } from 'clipanion';
import { CircuitError, type Client, type ProcState } from '../../src/index.ts';
import { ClientCommand, naming } from '../command.ts';
import { jsonText } from '../format.ts';
import { readAll } from '../input.ts';
import type { Interrupt } from '../interrupt.ts';
import { print } from '../output.ts';

const inputBytesMax = 64 * 1024 * 1024;
/** One connection carries so many waits at once; more take turns. */
const atOnceMax = 8_192;

export class WaitallCommand extends ClientCommand {
  static override paths = [['waitall']];
  static override usage = Command.Usage({
    category: 'Processes',
    description: 'wait until all processes have exited; reads paths from standard input',
    details: `
      One path a line. A path without a process is an error at once. With \`--json\` the final
      states are printed, as a list of \`{"path", "state"}\` in the order of the paths.
    `,
    examples: [['Wait for all jobs', '$0 ls /X317c2314a386a9db/jobs | $0 waitall']],
  });

  protected override async work(client: Client, { signal }: Interrupt) {
    const input = new TextDecoder().decode(await readAll(inputBytesMax, signal));
    const paths = input
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
    if (paths.length === 0) {
      throw new CircuitError(
        'BAD_ARGUMENT',
        'standard input names no process: write paths there, one a line',
      );
    }
    const states: { path: string; state: ProcState }[] = [];
    let next = 0;
    const waiter = async () => {
      while (next < paths.length) {
        const at = next++;
        const path = paths[at] as string;
        try {
          states[at] = { path, state: await client.walk(path).proc().wait({ signal }) };
        } catch (error) {
          throw naming(path, error);
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(atOnceMax, paths.length) }, waiter));
    if (this.json) await print(jsonText(states, { json: true }));
    return 0;
  }
}
