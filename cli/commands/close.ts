import { Command, Option } from 'clipanion';
import type { Client } from '../../src/index.ts';
import { AnchorCommand } from '../command.ts';
import type { Interrupt } from '../interrupt.ts';

export class CloseCommand extends AnchorCommand {
  static override paths = [['close']];
  static override usage = Command.Usage({
    category: 'Channels',
    description: 'close a channel: no more sends',
    details: 'What is in its buffer can still be received. Closing it twice is an error.',
    examples: [['Close a channel', '$0 close /X317c2314a386a9db/hi']],
  });

  anchor = Option.String({ name: 'PATH' });

  protected override async workAt(client: Client, { signal }: Interrupt) {
    await client.walk(this.anchor).chan().close({ signal });
    return 0;
  }
}
