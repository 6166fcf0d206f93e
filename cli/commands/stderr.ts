import { Command, Option } from 'clipanion';
import type { Client } from '../../src/index.ts';
import { AnchorCommand } from '../command.ts';
import { drain } from '../drain.ts';
import type { Interrupt } from '../interrupt.ts';

export class StderrCommand extends AnchorCommand {
  static override paths = [['stderr']];
  static override usage = Command.Usage({
    category: 'Processes',
    description: 'print the standard error of a process, as it writes it',
    details: `
      Ends when the process has closed it. There is one reader at a time, and each byte is read
      once: the next reader goes on where this one stopped.
    `,
    examples: [['See what it says', '$0 stderr /X317c2314a386a9db/job']],
  });

  anchor = Option.String({ name: 'PATH' });

  protected override async workAt(client: Client, { signal }: Interrupt) {
    await drain(client, client.walk(this.anchor).proc().stderr(), signal);
    return 0;
  }
}
