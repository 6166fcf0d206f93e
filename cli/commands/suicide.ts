import { Command, Option } from 'clipanion';
import type { Client } from '../../src/index.ts';
import { AnchorCommand } from '../command.ts';
import { jsonText } from '../format.ts';
import type { Interrupt } from '../interrupt.ts';
import { print } from '../output.ts';

export class SuicideCommand extends AnchorCommand {
  static override paths = [['suicide']];
  static override usage = Command.Usage({
    category: 'Servers',
    description: 'end a server at once, without a goodbye',
    details: `
      As if it were killed: the others find out by themselves, which takes them moments, and what
      waits there fails. Its processes and containers end, and its \`start\` with exit code 0. To
      end a server in order, \`leave\`.
    `,
    examples: [['End a server at once', '$0 suicide /X317c2314a386a9db']],
  });

  anchor = Option.String({ name: 'PATH' });

  protected override async workAt(client: Client, { signal }: Interrupt) {
    const server = client.walk(this.anchor).server();
    await server.suicide({ signal });
    if (this.json) await print(jsonText({ ended: server.path }, { json: true }));
    return 0;
  }
}
