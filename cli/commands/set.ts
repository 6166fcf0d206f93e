import { Command, Option } from 'clipanion';
import type { Client } from '../../src/index.ts';
import { AnchorCommand } from '../command.ts';
import type { Interrupt } from '../interrupt.ts';

export class SetCommand extends AnchorCommand {
  static override paths = [['set']];
  static override usage = Command.Usage({
    category: 'Names',
    description: 'add one record to a DNS server',
    details: `
      RECORD is a line of a zone file (RFC 1035) as one argument: name, TTL, class, type, and what
      the type says. The TTL (seconds, or such as 1h30m; else 3600) and the class (IN) may be left
      out. Types: A AAAA CAA CNAME HINFO MX NS PTR SOA SPF SRV SSHFP TLSA TXT, and any other as
      \`TYPE123 \\# LENGTH HEX\`.

      All records of one name and type get the TTL of the one set last. A CNAME and an SOA replace
      the one that is there, and a name that has a CNAME has nothing else.
    `,
    examples: [
      ['A mail server', '$0 set /X317c2314a386a9db/names "miek.nl. 3600 IN MX 10 mx.miek.nl."'],
      ['Any name below', '$0 set /X317c2314a386a9db/names "*.miek.nl. A 10.0.0.1"'],
    ],
  });

  anchor = Option.String({ name: 'PATH' });
  record = Option.String({ name: 'RECORD' });

  protected override async workAt(client: Client, { signal }: Interrupt) {
    await client.walk(this.anchor).dns().set(this.record, { signal });
    return 0;
  }
}
