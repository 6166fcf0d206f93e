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
      One line: 64 bytes from the cryptographic generator of the operating system, in base64. Give the
      file that it is in to all servers and clients of a circuit, with \`-hmac FILE\` or CIRCUIT_HMAC.
      Nobody but its owner may have access to the file.

      A file may hold several keys, a line each, and comments, lines that begin with \`#\`. The first
      key is the one that is used; the others are accepted as well, so that keys can be changed while
      the circuit runs: see docs/security.md.
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
