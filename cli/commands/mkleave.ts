import { Command, Option } from 'clipanion';
import type { Client } from '../../src/index.ts';
import { AnchorCommand } from '../command.ts';
import type { Interrupt } from '../interrupt.ts';

export class MkleaveCommand extends AnchorCommand {
  static override paths = [['mk@leave']];
  static override usage = Command.Usage({
    category: 'Subscriptions',
    description: 'subscribe to servers that leave',
    details: `
      Each server that has left, or is found to be gone, is one message, its path and a newline, for
      one \`recv\`. Messages wait until somebody receives them, up to 131,072; beyond that new ones
      are dropped, and \`peek\` counts them.
    `,
    examples: [['Learn who is gone', '$0 mk@leave /X317c2314a386a9db/departures']],
  });

  anchor = Option.String({ name: 'PATH' });

  protected override async workAt(client: Client, { signal }: Interrupt) {
    await client.walk(this.anchor).makeOnLeave({ signal });
    return 0;
  }
}
