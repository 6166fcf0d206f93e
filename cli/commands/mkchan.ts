import { Command, Option } from 'clipanion';
import { CircuitError, type Client, limits } from '../../src/index.ts';
import { AnchorCommand } from '../command.ts';
import type { Interrupt } from '../interrupt.ts';

export class MkchanCommand extends AnchorCommand {
  static override paths = [['mkchan']];
  static override usage = Command.Usage({
    category: 'Channels',
    description: 'make a channel that buffers CAPACITY messages',
    details: 'With capacity 0, every `send` waits for its `recv`.',
    examples: [['A channel of three', '$0 mkchan /X317c2314a386a9db/hi 3']],
  });

  anchor = Option.String({ name: 'PATH' });
  capacity = Option.String({ name: 'CAPACITY' });

  protected override async workAt(client: Client, { signal }: Interrupt) {
    const capacity = /^\d+$/.test(this.capacity) ? Number(this.capacity) : -1;
    if (capacity < 0 || capacity > limits.channelCapacityMax) {
      throw new CircuitError(
        'BAD_ARGUMENT',
        `"${this.capacity.slice(0, 100)}" is not the capacity of a channel: ` +
          `that is a whole number from 0 to ${limits.channelCapacityMax}`,
      );
    }
    await client.walk(this.anchor).makeChan(capacity, { signal });
    return 0;
  }
}
