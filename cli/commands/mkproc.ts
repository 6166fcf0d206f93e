import { Command, Option } from 'clipanion';
import { CircuitError, type Client, limits, parseCommand } from '../../src/index.ts';
import { AnchorCommand } from '../command.ts';
import { readAll } from '../input.ts';
import type { Interrupt } from '../interrupt.ts';

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
    examples: [
      [
        'List a directory there',
        `echo '{"Path": "/bin/ls", "Args": ["/"]}' | $0 mkproc /X317c2314a386a9db/list`,
      ],
    ],
  });

  scrub = Option.Boolean('--scrub', false, {
    description: 'Remove the element when the process exits',
  });
  anchor = Option.String({ name: 'PATH' });

  protected override async workAt(client: Client, { signal }: Interrupt) {
    const anchor = client.walk(this.anchor);
    const command = parseCommand(parseJson(await readAll(limits.bodyBytesMax, signal)));
    const Scrub = command.Scrub || this.scrub;
    await anchor.makeProc({ ...command, Scrub }, { signal });
    return 0;
  }
}

function parseJson(bytes: Uint8Array): unknown {
  const example = 'for example {"Path": "/bin/ls", "Args": ["/"]}';
  const text = new TextDecoder().decode(bytes);
  if (text.trim() === '') {
    throw new CircuitError(
      'BAD_ARGUMENT',
      `standard input is empty: write there what to run as JSON, ${example}`,
    );
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = (error as Error).message;
    throw new CircuitError(
      'BAD_ARGUMENT',
      `standard input is not JSON (${reason}): write there what to run, ${example}`,
    );
  }
}
