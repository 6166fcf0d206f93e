import { Command, Option } from 'clipanion';
import type { Client } from '../../src/index.ts';
import { AnchorCommand } from '../command.ts';
import type { Interrupt } from '../interrupt.ts';

export class MkdnsCommand extends AnchorCommand {
  static override paths = [['mkdns']];
  static override usage = Command.Usage({
    category: 'Names',
    description: 'make a DNS server that answers at ADDR, or at any free port',
    details: `
      It answers by UDP and TCP. ADDR is \`host:port\`; without it, the server takes a free port of
      the address that it listens on itself, and \`peek\` shows which. If it cannot listen there,
      this fails and nothing is made.
    `,
    examples: [
      ['At a port of its own', '$0 mkdns /X317c2314a386a9db/names 127.0.0.1:7711'],
      ['At any free port', '$0 mkdns /X317c2314a386a9db/names'],
    ],
  });

  anchor = Option.String({ name: 'PATH' });
  address = Option.String({ name: 'ADDR', required: false });

  protected override async workAt(client: Client, { signal }: Interrupt) {
    await client.walk(this.anchor).makeDns(this.address, { signal });
    return 0;
  }
}
