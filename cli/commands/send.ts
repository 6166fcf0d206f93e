import { Command, Option } from 'clipanion';
import { type Chan, CircuitError, type Client, limits } from '../../src/index.ts';
import { AnchorCommand } from '../command.ts';
import { pourInto, readHead } from '../input.ts';
import type { Interrupt } from '../interrupt.ts';

export class SendCommand extends AnchorCommand {
  static override paths = [['send']];
  static override usage = Command.Usage({
    category: 'Channels',
    description: 'send standard input as one message',
    details: `
      Waits until the channel has room for the message, or somebody receives it. A message beyond
      32 KiB flows on as its receiver reads it. If this command is ended before that, the
      receiver gets an error and never a part.

      With \`--try\` it never waits: exit code 21 says that there is no room and no receiver, and
      that nothing was sent. Such a message has 32 KiB at most.
    `,
    examples: [
      ['Say hello', 'echo hello | $0 send /X317c2314a386a9db/hi'],
      ['Say it only if it can be heard', 'echo hello | $0 send --try /X317c2314a386a9db/hi'],
    ],
  });

  try = Option.Boolean('--try', false, {
    description: 'Fail with exit code 21 where it would have to wait',
  });
  anchor = Option.String({ name: 'PATH' });

  protected override async workAt(client: Client, { signal }: Interrupt) {
    const chan = client.walk(this.anchor).chan();
    const { bytes, ended } = await readHead(limits.messageHeadBytes, signal);
    if (this.try) {
      await trySend(chan, bytes, signal);
      return 0;
    }
    if (ended) {
      await chan.send(bytes, { signal });
      return 0;
    }
    const sink = await chan.sendStream({ signal });
    await sink.write(bytes);
    await pourInto(sink);
    return 0;
  }
}

async function trySend(chan: Chan, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  if (await chan.trySend(bytes, { signal })) return;
  throw new CircuitError(
    'WOULD_BLOCK',
    'the channel has no room and no receiver waits; the message was not sent',
  );
}
