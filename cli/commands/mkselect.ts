import { Command, Option } from 'clipanion';
import type { Client } from '../../src/index.ts';
import { readClauses } from '../clauses.ts';
import { AnchorCommand } from '../command.ts';
import type { Interrupt } from '../interrupt.ts';

const example = '[{"op": "recv", "path": "/Xid/a"}, {"op": "recv", "path": "/Xid/b"}]';

export class MkselectCommand extends AnchorCommand {
  static override paths = [['mkselect']];
  static override usage = Command.Usage({
    category: 'Channels',
    description: 'make a select, which waits at the server; reads its clauses as JSON',
    details: `
      Reads the same as \`select\`. The element waits whether or not anybody listens. \`wait\` prints
      its state once it is done, and \`peek\` at any time: \`Clauses\`, \`Phase\` (\`waiting\`, \`done\`
      or \`failed\`), \`Result\` as \`select\` prints it, and \`Error\` with \`Code\`, \`Message\` and
      \`OutcomeUnknown\`. What is received is kept there, up to 1 MiB; a longer message fails it.
      \`scrub\` gives it up: then nothing is sent or received any more.
    `,
    examples: [['Whichever is first', `echo '${example}' | $0 mkselect /X317c2314a386a9db/first`]],
  });

  anchor = Option.String({ name: 'PATH' });

  protected override async workAt(client: Client, { signal }: Interrupt) {
    const { clauses } = await readClauses(client, signal);
    await client.walk(this.anchor).makeSelect(clauses, { signal });
    return 0;
  }
}
