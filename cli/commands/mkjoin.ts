import { Command, Option } from 'clipanion';
import type { Client } from '../../src/index.ts';
import { AnchorCommand } from '../command.ts';
import type { Interrupt } from '../interrupt.ts';

export class MkjoinCommand extends AnchorCommand {
  static override paths = [['mk@join']];
  static override usage = Command.Usage({
    category: 'Subscriptions',
    description: 'subscribe to servers that join',
    details: `
      Each server is one message, its path and a newline, for one \`recv\`. First come the servers
      that are present, in the order in which the server of PATH learned of them, and itself; then
      each that joins. Messages wait until somebody receives them, up to 131,072; beyond that new
      ones are dropped, and \`peek\` counts them.
    `,
    examples: [['Greet whoever joins', '$0 mk@join /X317c2314a386a9db/arrivals']],
  });

  anchor = Option.String({ name: 'PATH' });

  protected override async workAt(client: Client, { signal }: Interrupt) {
    await client.walk(this.anchor).makeOnJoin({ signal });
    return 0;
  }
}
