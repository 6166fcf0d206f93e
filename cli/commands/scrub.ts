import { Command, Option } from 'clipanion';
import type { Client } from '../../src/index.ts';
import { AnchorCommand } from '../command.ts';
import type { Interrupt } from '../interrupt.ts';

export class ScrubCommand extends AnchorCommand {
  static override paths = [['scrub']];
  static override usage = Command.Usage({
    category: 'The namespace',
    description: 'abort the element of an anchor and remove it',
    details: `
      Whatever waits on the element fails. A process runs on without it, for as long as its server
      does, unless \`--kill\` is given, which ends all that it started as well; a container is
      removed. Nothing happens to an anchor that only leads to others.
    `,
    examples: [['End a process and remove it', '$0 scrub --kill /X317c2314a386a9db/job']],
  });

  kill = Option.Boolean('--kill', false, {
    description: 'End the process and what it started, too',
  });
  anchor = Option.String({ name: 'PATH' });

  protected override async workAt(client: Client, { signal }: Interrupt) {
    await client.walk(this.anchor).scrub({ signal, kill: this.kill });
    return 0;
  }
}
