import type { Proc } from '../../src/index.ts';
import { OutputCommand, outputUsage } from '../output-command.ts';

export class StdoutCommand extends OutputCommand {
  static override paths = [['stdout']];
  static override usage = outputUsage('stdout', 'output');

  protected override output(proc: Proc) {
    return proc.stdout();
  }
}
