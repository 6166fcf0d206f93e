import type { Proc } from '../../src/index.ts';
import { OutputCommand, outputUsage } from '../output-command.ts';

export class StderrCommand extends OutputCommand {
  static override paths = [['stderr']];
  static override usage = outputUsage('stderr', 'error');

  protected override output(proc: Proc) {
    return proc.stderr();
  }
}
