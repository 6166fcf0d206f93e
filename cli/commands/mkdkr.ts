import { Command, Option } from 'clipanion';
import { type Client, dockerWarning, parseDockerCommand } from '../../src/index.ts';
import { AnchorCommand } from '../command.ts';
import type { Interrupt } from '../interrupt.ts';
import { readJson } from '../json-input.ts';
import { warn } from '../report.ts';

const example = '{"Image": "busybox", "Path": "/bin/ls", "Args": ["/"]}';

export class MkdkrCommand extends AnchorCommand {
  static override paths = [['mkdkr']];
  static override usage = Command.Usage({
    category: 'Processes',
    description: 'run a container; reads what to run as JSON from standard input',
    details: `
      The JSON is an object with \`Image\`, and at will \`Memory\` (in bytes), \`CpuShares\`,
      \`Volume\` (a list of \`/inside\` or \`/outside:/inside:ro\`), \`Dir\`, \`Entry\`,
      \`Env\` (a list of KEY=VALUE), \`Path\` and \`Args\` (the command; without them that of the
      image), and \`Scrub\`. \`Lxc\` is accepted, and has no effect.

      The server must have been started with \`-docker\`, and the image must be there: nothing is
      pulled. \`stdin\`, \`stdout\`, \`stderr\`, \`signal\`, \`wait\` and \`waitall\` work as for
      processes; \`peek\` and \`wait\` print what \`docker inspect\` says; \`scrub\` removes the
      container by force. If the container cannot be started this fails and says why; the element
      stays, for \`peek\`.
    `,
    examples: [['List a directory there', `echo '${example}' | $0 mkdkr /X317c2314a386a9db/list`]],
  });

  scrub = Option.Boolean('--scrub', false, {
    description: 'Remove the element and the container when it exits',
  });
  anchor = Option.String({ name: 'PATH' });

  protected override async workAt(client: Client, { signal }: Interrupt) {
    const command = parseDockerCommand(await readJson(signal, example));
    const warning = dockerWarning(command);
    if (warning !== undefined) warn(warning, { json: this.json });
    const Scrub = command.Scrub || this.scrub;
    await client.walk(this.anchor).makeDocker({ ...command, Scrub }, { signal });
    return 0;
  }
}
