import { Command, Option } from 'clipanion';
import type { Client } from '../../src/index.ts';
import { AnchorCommand } from '../command.ts';
import { jsonText } from '../format.ts';
import type { Interrupt } from '../interrupt.ts';
import { print } from '../output.ts';

export class PeekCommand extends AnchorCommand {
  static override paths = [['peek']];
  static override usage = Command.Usage({
    category: 'The namespace',
    description: 'show the state of an element, without waiting',
    details: 'Prints the state as JSON, `null` for an anchor without an element.',
    examples: [['The state of a channel', '$0 peek /X317c2314a386a9db/hi']],
  });

  anchor = Option.String({ name: 'PATH' });

  protected override async workAt(client: Client, { signal }: Interrupt) {
    const state = await client.walk(this.anchor).peek({ signal });
    await print(jsonText(state, { json: this.json }));
    return 0;
  }
}
