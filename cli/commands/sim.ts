import { Command } from 'clipanion';
import { CircuitError } from '../../src/index.ts';
import type { Context } from '../usage.ts';

export class SimCommand extends Command<Context> {
  static override paths = [['sim']];
  static override usage = Command.Usage({
    category: 'Simulation',
    description: 'run scenarios in the simulator',
  });

  execute(): Promise<number> {
    throw new CircuitError('NOT_SUPPORTED', 'this version cannot run scenarios yet');
  }
}
