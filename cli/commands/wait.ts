import { constants } from 'node:os';
import { Command, Option } from 'clipanion';
import {
  type Client,
  type DockerState,
  errorCodes,
  type ProcState,
  type SelectState,
} from '../../src/index.ts';
import { AnchorCommand } from '../command.ts';
import { jsonText } from '../format.ts';
import type { Interrupt } from '../interrupt.ts';
import { print } from '../output.ts';

export class WaitCommand extends AnchorCommand {
  static override paths = [['wait']];
  static override usage = Command.Usage({
    category: 'Processes',
    description:
      'wait until a process or container has exited, or a select is done; print its state',
    details: `
      With \`--status\` the exit code is that of the process: 128 and the number of the signal if
      one ended it, 127 if it could not be started; of a select that failed, that of its error.
    `,
    examples: [
      ['Run on only if it did well', '$0 wait --status /X317c2314a386a9db/job && echo ok'],
    ],
  });

  status = Option.Boolean('--status', false, { description: 'Exit with the code of the process' });
  anchor = Option.String({ name: 'PATH' });

  protected override async workAt(client: Client, { signal }: Interrupt) {
    // Others answer as a process does, and with a state of their own.
    const state: State = await client.walk(this.anchor).proc().wait({ signal });
    await print(jsonText(state, { json: this.json }));
    return this.status ? exitCodeOf(state) : 0;
  }
}

type State = ProcState | DockerState | SelectState;

function exitCodeOf(state: State): number {
  if ('State' in state) return state.State.ExitCode;
  if ('Clauses' in state) return state.Error === null ? 0 : errorCodes[state.Error.Code];
  const { Exit, Phase } = state as ProcState;
  if (Phase === 'unknown') return 127;
  if (Exit?.Signal === undefined) return Exit?.Code ?? 0;
  return 128 + (constants.signals[`SIG${Exit.Signal}` as NodeJS.Signals] ?? 0);
}
