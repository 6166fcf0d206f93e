import { Command, Option } from 'clipanion';
import type { Client } from '../../src/index.ts';
import { AnchorCommand } from '../command.ts';
import { pourInto } from '../input.ts';
import type { Interrupt } from '../interrupt.ts';

export class StdinCommand extends AnchorCommand {
  static override paths = [['stdin']];
  static override usage = Command.Usage({
    category: 'Processes',
    description: 'write standard input to that of a process',
    details: `
      At the end of our standard input, that of the process is closed. When this command is
      interrupted it stays open, and the next \`stdin\` goes on.
    `,
    examples: [['Close it', '$0 stdin /X317c2314a386a9db/job < /dev/null']],
  });

  anchor = Option.String({ name: 'PATH' });

  protected override async workAt(client: Client, { signal }: Interrupt) {
    await pourInto(client.walk(this.anchor).proc().stdin({ signal }));
    return 0;
  }
}
