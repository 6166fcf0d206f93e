import { Command, Option } from 'clipanion';
import { CircuitError, type Client, selectedJson } from '../../src/index.ts';
import { readClauses } from '../clauses.ts';
import { ClientCommand } from '../command.ts';
import { jsonText } from '../format.ts';
import type { Interrupt } from '../interrupt.ts';
import { print } from '../output.ts';

const example = '[{"op": "recv", "path": "/Xid/hi"}, {"op": "exit", "path": "/Xid/job"}]';

export class SelectCommand extends ClientCommand {
  static override paths = [['select']];
  static override usage = Command.Usage({
    category: 'Channels',
    description: 'wait for several operations, and do exactly one; reads them as JSON',
    details: `
      The JSON on standard input is a list of objects, each with a \`path\` and an \`op\`: \`recv\`
      or \`send\` (with the text to send as \`message\`, or its bytes as \`base64\`, at most 32 KiB)
      of a channel, \`exit\` of a process, a container or a select, or \`event\` of a subscription.

      Whichever can be done first is done, and no other; of several that can be done, any. Prints
      what came of it: \`Clause\` (its index), \`Op\`, \`Path\`, and what was received as
      \`Message\` if it is UTF-8, else as \`Base64\`; \`Closed\` if the channel was closed and empty;
      \`State\` of an exit; \`Event\`, the path of a server.

      With \`--try\` it never waits: exit code 21 says that nothing could be done at once.
    `,
    examples: [['A message, or the end of a job', `echo '${example}' | $0 select`]],
  });

  try = Option.Boolean('--try', false, {
    description: 'Fail with exit code 21 where it would have to wait',
  });

  protected override async work(client: Client, { signal }: Interrupt) {
    const { read, clauses } = await readClauses(client, signal);
    const result = await client.select(clauses, { signal, otherwise: this.try });
    if (result.op === 'otherwise') {
      throw new CircuitError('WOULD_BLOCK', 'none of the clauses could be done at once');
    }
    await print(jsonText(selectedJson(result, read), { json: this.json }));
    return 0;
  }
}
