import { Command, Option } from 'clipanion';
import type { Client } from '../../src/index.ts';
import { AnchorCommand } from '../command.ts';
import { jsonText } from '../format.ts';
import type { Interrupt } from '../interrupt.ts';
import { print } from '../output.ts';

export class StkCommand extends AnchorCommand {
  static override paths = [['stk']];
  static override usage = Command.Usage({
    category: 'Servers',
    description: 'show what a server is doing: what waits there, for whom, and what it computes',
    details: `
      Prints text for people: what the server takes; the operations that wait there, with their
      age, path, and who waits; the calls that it has passed on to others; the programs it runs; its
      sessions; and what keeps its process awake. Then it looks at what the server computes for
      0.1 s, and prints the stacks that it saw most often; a server that only waits has none.

      Who waits is a client, by its address, with the server through which it asked, if it was
      another one. With \`--json\`, an object with the path of the server and the text.
    `,
    examples: [['What waits there', '$0 stk /X317c2314a386a9db']],
  });

  anchor = Option.String({ name: 'PATH' });

  protected override async workAt(client: Client, { signal }: Interrupt) {
    const server = client.walk(this.anchor).server();
    const text = await server.stacks({ signal });
    await print(this.json ? jsonText({ server: server.path, text }, { json: true }) : text);
    return 0;
  }
}
