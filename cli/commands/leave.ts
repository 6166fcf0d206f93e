import { Command, Option } from 'clipanion';
import { CircuitError, type Client } from '../../src/index.ts';
import { AnchorCommand } from '../command.ts';
import { jsonText } from '../format.ts';
import type { Interrupt } from '../interrupt.ts';
import { print } from '../output.ts';

const lookAgainMs = 20;
const patienceMs = 5_000;

export class LeaveCommand extends AnchorCommand {
  static override paths = [['leave']];
  static override usage = Command.Usage({
    category: 'Servers',
    description: 'make a server leave its circuit and end',
    details: `
      The server tells the others, its processes and containers end, and then its \`start\` does,
      with exit code 0. Returns once the server that was dialled no longer lists it.
    `,
    examples: [['End a server', '$0 leave /X317c2314a386a9db']],
  });

  anchor = Option.String({ name: 'PATH' });

  protected override async workAt(client: Client, { signal }: Interrupt) {
    const anchor = client.walk(this.anchor);
    await anchor.server().leave({ signal });
    await this.#gone(client, anchor.path.slice(1), signal);
    if (this.json) await print(jsonText({ left: anchor.path }, { json: true }));
    return 0;
  }

  async #gone(client: Client, server: string, signal: AbortSignal): Promise<void> {
    const until = performance.now() + patienceMs;
    try {
      while (performance.now() < until) {
        if (!(await client.servers({ signal })).includes(server)) return;
        await new Promise((resolve) => setTimeout(resolve, lookAgainMs));
      }
    } catch (error) {
      // It was the one that we dialled.
      if (error instanceof CircuitError && error.code === 'SERVER_GONE') return;
      throw error;
    }
  }
}
