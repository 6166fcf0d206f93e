import { Command, Option } from 'clipanion';
import { type Chan, CircuitError, type Client, utf8Text, type Waiting } from '../../src/index.ts';
import { AnchorCommand } from '../command.ts';
import { jsonText } from '../format.ts';
import type { Interrupt } from '../interrupt.ts';
import { print, write } from '../output.ts';

/** A message up to this size is printed once it is complete. */
const heldBytesMax = 16 * 1024 * 1024;

export class RecvCommand extends AnchorCommand {
  static override paths = [['recv']];
  static override usage = Command.Usage({
    category: 'Channels',
    description: 'receive one message and print it',
    details: `
      Prints exactly the bytes that were sent, up to 16 MiB only once the message is complete, so
      that a message whose sender went away half-way is an error (exit code 9) and not a part. A
      longer message is printed as it arrives; exit code 9 then says that its end is missing.
      Of a subscription, each message is the path of a server and a newline.

      With \`--try\` it never waits: exit code 21 says that there is no message.

      With \`--json\` the message is printed as \`{"message": TEXT}\`, or as \`{"base64": TEXT}\`
      when it is not UTF-8.
    `,
    examples: [
      ['Take one', '$0 recv /X317c2314a386a9db/hi'],
      ['Take one if there is one', '$0 recv --try /X317c2314a386a9db/hi'],
    ],
  });

  live = Option.Boolean('--live', false, {
    description: 'Print bytes as they arrive, though the message may never be complete',
  });
  try = Option.Boolean('--try', false, {
    description: 'Fail with exit code 21 where it would have to wait',
  });
  anchor = Option.String({ name: 'PATH' });

  protected override async workAt(client: Client, { signal }: Interrupt) {
    const message = await this.#message(client.walk(this.anchor).chan(), { signal });
    const reader = message[Symbol.asyncIterator]();
    // From here on the server has handed the message over: giving up means telling its sender.
    let givenUp = false;
    signal.addEventListener('abort', () => {
      givenUp = true;
      void reader.return?.();
    });
    const held: Uint8Array[] = [];
    let room = this.json ? Number.POSITIVE_INFINITY : this.live ? 0 : heldBytesMax;
    for (;;) {
      const { done, value } = await reader.next();
      if (givenUp) throw new CircuitError('CANCELLED', 'the message was not received to its end');
      if (done === true) break;
      held.push(value);
      room -= value.length;
      if (room < 0) for (const chunk of held.splice(0)) await write(chunk);
    }
    if (this.json) await print(jsonText(contentOf(Buffer.concat(held)), { json: true }));
    else for (const chunk of held) await write(chunk);
    return 0;
  }

  async #message(chan: Chan, waiting: Waiting): Promise<AsyncIterable<Uint8Array>> {
    if (!this.try) return chan.receiveStream(waiting);
    const message = await chan.tryReceiveStream(waiting);
    if (message !== undefined) return message;
    throw new CircuitError('WOULD_BLOCK', 'there is no message to receive now');
  }
}

function contentOf(bytes: Buffer): { message: string } | { base64: string } {
  const message = utf8Text(bytes);
  return message === undefined ? { base64: bytes.toString('base64') } : { message };
}
