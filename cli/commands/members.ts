import { Command } from 'clipanion';
import type { Client } from '../../src/index.ts';
import { ClientCommand } from '../command.ts';
import { jsonText, memberLines, memberObjects } from '../format.ts';
import type { Interrupt } from '../interrupt.ts';
import { print } from '../output.ts';

export class MembersCommand extends ClientCommand {
  static override paths = [['members']];
  static override usage = Command.Usage({
    category: 'Servers',
    description: 'list the servers of the circuit, and how they are doing',
    details: `
      Prints one line for each server that the one dialled sees, sorted by id: its id; its address;
      since when it runs, by its own clock, and how long that is; with how many neighbours it keeps
      connections; the round trip to it; and its incarnation, which is how often it came back after
      it had been declared gone. \`dialled\` marks the server that answers, \`suspected\` one that it
      has not heard for some time.

      Round trips are those of the server dialled to its neighbours, as it measured them. To other
      servers it measures none: \`-\`, or with \`--json\` null.

      With \`--json\`, an array of objects: \`id\`, \`url\`, \`address\`, \`circuit\` (the name, empty
      without one), \`joined\` (ISO 8601), \`ageSeconds\`, \`neighbours\`, \`roundTripMs\`,
      \`incarnation\`, \`suspected\`, \`dialled\`.
    `,
    examples: [['Who is here', '$0 members']],
  });

  protected override async work(client: Client, { signal }: Interrupt) {
    const members = await client.members({ signal });
    await print(
      this.json ? jsonText(memberObjects(members), { json: true }) : memberLines(members),
    );
    return 0;
  }
}
