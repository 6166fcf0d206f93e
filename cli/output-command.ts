/** What `stdout` and `stderr` have in common: all but which output it is. */

import { Command, Option, type Usage } from 'clipanion';
import type { ByteSource, Client, Proc } from '../src/index.ts';
import { AnchorCommand } from './command.ts';
import { drain } from './drain.ts';
import type { Interrupt } from './interrupt.ts';

export abstract class OutputCommand extends AnchorCommand {
  anchor = Option.String({ name: 'PATH' });

  protected abstract output(proc: Proc): ByteSource;

  protected override async workAt(client: Client, { signal }: Interrupt) {
    await drain(client, this.output(client.walk(this.anchor).proc()), signal);
    return 0;
  }
}

export function outputUsage(name: 'stdout' | 'stderr', what: string): Usage {
  return Command.Usage({
    category: 'Processes',
    description: `print the standard ${what} of a process, as it writes it`,
    details: `
      Ends when the process has closed it. There is one reader at a time, and each byte is read
      once: the next reader goes on where this one stopped.
    `,
    examples: [['See what it says', `$0 ${name} /X317c2314a386a9db/job`]],
  });
}
