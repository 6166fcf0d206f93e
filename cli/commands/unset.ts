import { Command, Option } from 'clipanion';
import type { Client } from '../../src/index.ts';
import { AnchorCommand } from '../command.ts';
import type { Interrupt } from '../interrupt.ts';

export class UnsetCommand extends AnchorCommand {
  static override paths = [['unset']];
  static override usage = Command.Usage({
    category: 'Names',
    description: 'remove all records of a name from a DNS server',
    details: 'Nothing happens when there are none.',
    examples: [['What is known of a name', '$0 unset /X317c2314a386a9db/names miek.nl.']],
  });

  anchor = Option.String({ name: 'PATH' });
  name = Option.String({ name: 'NAME' });

  protected override async workAt(client: Client, { signal }: Interrupt) {
    await client.walk(this.anchor).dns().unset(this.name, { signal });
    return 0;
  }
}
