import { Command, Option } from 'clipanion';
import type { Client } from '../../src/index.ts';
import { AnchorCommand } from '../command.ts';
import { jsonText } from '../format.ts';
import type { Interrupt } from '../interrupt.ts';
import { print } from '../output.ts';

export class JoinCommand extends AnchorCommand {
  static override paths = [['join']];
  static override usage = Command.Usage({
    category: 'Servers',
    description: 'make a server join the circuit of another: two circuits become one',
    details: 'URL is what `start` printed on the other server.',
    examples: [['Join two circuits', '$0 join /X317c2314a386a9db circuit://10.0.0.2:11022']],
  });

  anchor = Option.String({ name: 'PATH' });
  url = Option.String({ name: 'URL' });

  protected override async workAt(client: Client, { signal }: Interrupt) {
    await client.walk(this.anchor).server().join(this.url, { signal });
    if (this.json) {
      await print(jsonText({ server: this.anchor, joined: this.url }, { json: true }));
    }
    return 0;
  }
}
