import { Command, Option } from 'clipanion';
import type { Client } from '../../src/index.ts';
import { AnchorCommand } from '../command.ts';
import type { Interrupt } from '../interrupt.ts';

export class SignalCommand extends AnchorCommand {
  static override paths = [['signal']];
  static override usage = Command.Usage({
    category: 'Processes',
    description: 'send a signal to a process',
    details: `
      NAME in any case, with or without SIG: ABRT ALRM BUS CHLD CONT FPE HUP ILL INT IO IOT KILL
      PIPE PROF QUIT SEGV STOP SYS TERM TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ.
    `,
    examples: [['Ask it to end', '$0 signal TERM /X317c2314a386a9db/job']],
  });

  signalName = Option.String({ name: 'NAME' });
  anchor = Option.String({ name: 'PATH' });

  protected override async workAt(client: Client, { signal }: Interrupt) {
    await client.walk(this.anchor).proc().signal(this.signalName, { signal });
    return 0;
  }
}
