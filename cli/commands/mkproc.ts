import { Command, Option } from 'clipanion';
import { type Client, parseCommand } from '../../src/index.ts';
import { AnchorCommand } from '../command.ts';
import type { Interrupt } from '../interrupt.ts';
import { readJson } from '../json-input.ts';

const example = '{"Path": "/bin/ls", "Args": ["/"]}';

export class MkprocCommand extends AnchorCommand {
  static override paths = [['mkproc']];
  static override usage = Command.Usage({
    category: 'Processes',
    description: 'run a process; reads what to run as JSON from standard input',
    details: `
      The JSON is an object with \`Path\`, the full path of the program, and at will \`Args\`
      (without the name of the program), \`Env\` (a list of KEY=VALUE; without it, the environment
      of the server), \`Dir\` and \`Scrub\`.

      If the process cannot be started this fails and says why; the element stays, for \`peek\`.
    `,
    examples: [['List a directory there', `echo '${example}' | $0 mkproc /X317c2314a386a9db/list`]],
  });

  scrub = Option.Boolean('--scrub', false, {
    description: 'Remove the element when the process exits',
  });
  anchor = Option.String({ name: 'PATH' });

  protected override async workAt(client: Client, { signal }: Interrupt) {
    const anchor = client.walk(this.anchor);
    const command = parseCommand(await readJson(signal, example));
    const Scrub = command.Scrub || this.scrub;
    await anchor.makeProc({ ...command, Scrub }, { signal });
    return 0;
  }
}
