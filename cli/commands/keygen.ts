import { Command, Option } from 'clipanion';
import { jsonText } from '../format.ts';
import { print } from '../output.ts';
import type { Context } from '../usage.ts';

/** As many as the original makes: a key for every purpose is derived from them. */
const keyBytes = 64;

export class KeygenCommand extends Command<Context> {
  static override paths = [['keygen']];
  static override usage = Command.Usage({
    category: 'Servers',
    description: 'print a new random key for a circuit',
    details: `
      64 bytes from the cryptographic generator of the operating system, in base64. Servers of this
      version cannot use it yet: \`-hmac\` is refused.
    `,
    examples: [['Keep it where only you can read it', '(umask 077; $0 keygen > key)']],
  });

  json = Option.Boolean('--json', false, { description: 'Print it as one line of JSON' });

  async execute(): Promise<number> {
    // The generator of Node's crypto, which is loaded for this command alone.
    const key = Buffer.from(crypto.getRandomValues(new Uint8Array(keyBytes))).toString('base64');
    await print(this.json ? jsonText({ key }, { json: true }) : `${key}\n`);
    return 0;
  }
}
