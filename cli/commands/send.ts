import { Command, Option } from 'clipanion';
import { type Client, limits } from '../../src/index.ts';
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
    `,
    examples: [['Say hello', 'echo hello | $0 send /X317c2314a386a9db/hi']],
  });

  anchor = Option.String({ name: 'PATH' });

  protected override async workAt(client: Client, { signal }: Interrupt) {
    const chan = client.walk(this.anchor).chan();
    const { bytes, ended } = await readHead(limits.messageHeadBytes, signal);
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
