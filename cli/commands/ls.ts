import { Command, Option } from 'clipanion';
import type { Client } from '../../src/index.ts';
import { AnchorCommand } from '../command.ts';
import { jsonText, listing, sorted } from '../format.ts';
import type { Interrupt } from '../interrupt.ts';
import { print } from '../output.ts';

export class LsCommand extends AnchorCommand {
  static override paths = [['ls']];
  static override usage = Command.Usage({
    category: 'The namespace',
    description: 'list anchors, one full path a line',
    details: `
      Lists what is right below PATH: at \`/\`, the default, the servers of the circuit. With
      \`/...\` at the end of PATH, everything below it.

      \`-l\` puts in front what each anchor holds: server, chan, proc, docker, dns, @join, @leave,
      select, or · for nothing.
    `,
    examples: [
      ['The servers', '$0 ls /'],
      ['Everything there is', '$0 ls -l /...'],
    ],
  });

  long = Option.Boolean('-l,--long', false, { description: 'Put the kind of element in front' });
  depth = Option.Boolean('-de,--depth', false, { description: 'List leaves first' });
  place = Option.String({ name: 'PATH', required: false });

  get anchor(): string {
    return this.place ?? '/';
  }

  protected override async workAt(client: Client, { signal }: Interrupt) {
    const recursive = this.anchor === '...' || this.anchor.endsWith('/...');
    const path = recursive ? this.anchor.slice(0, -3) || '/' : this.anchor;
    const entries = await client.walk(path).view({ signal, recursive });
    const inOrder = sorted(entries, { leavesFirst: this.depth });
    if (this.json) {
      const plain = inOrder.map(({ path, kind }) => ({ path, kind: kind ?? null }));
      await print(jsonText(plain, { json: true }));
    } else {
      await print(listing(inOrder, { long: this.long }));
    }
    return 0;
  }
}
