import { setImmediate } from 'node:timers/promises';
import { Command, Option } from 'clipanion';
import { CircuitError, type Client, type JournalEntry } from '../../src/index.ts';
import { AnchorCommand } from '../command.ts';
import { jsonText } from '../format.ts';
import type { Interrupt } from '../interrupt.ts';
import { entriesOfFiles } from '../log-files.ts';
import { LogLines } from '../log-lines.ts';
import { print } from '../output.ts';
import { secondsOf } from '../seconds.ts';

/** Lines that are there at once are written together, up to so many characters. */
const pieceChars = 64 * 1024;

export class LogCommand extends AnchorCommand {
  static override paths = [['log']];
  static override usage = Command.Usage({
    category: 'Servers',
    description: 'print what was done in the circuit, in the order in which it was done',
    details: `
      Every server keeps a journal of the operations that it answered, in execution order: reads
      as well as what changed something. This prints the journals of all servers as one, or of one
      server, or only what was done at PATH and below it. What may have caused something is
      printed before it, however wrong the clocks of the servers are.

      A line has: when; which server, by the beginning of its id; what was done; the anchor; who
      asked, which is the address of a client, and the server through which it asked; and what came
      of it. An operation that waited has two lines, \`began\` and \`ended\`, with the same
      number. Environments, arguments of programs and messages are never in a journal.

      \`--follow\` goes on until it is interrupted. What happens then is printed about a second
      later, in an order that is exact for each server and at best so between them.

      A server keeps the last 65,536 entries, in memory: they are gone with it, unless it was
      started with \`-var DIR\`. Then \`--file DIR\` prints what it left there, without asking any
      server; or one file of those; exit code 4 says that nothing there is about PATH. Where entries are
      missing, a line says how many.

      With \`--json\`, one object a line: \`server\`, \`number\`, \`stamp\` (which sorts, as text),
      \`event\` (began, ended, done, joined, left, lost), \`operation\`, \`method\`, \`path\`,
      \`by\`, \`detail\`, \`bytes\`, \`error\`, \`lost\`.
    `,
    examples: [
      ['What was done', '$0 log'],
      ['What a server did that is gone', '$0 log --file /var/lib/circuit'],
      ['What is done now at one anchor', '$0 log --follow /X317c2314a386a9db/hi'],
    ],
  });

  follow = Option.Boolean('-f,--follow', false, { description: 'Go on with what happens next' });
  since = Option.String('--since', {
    description: 'Leave out what is older than so many SECONDS, by the clock of this host',
  });
  file = Option.String('--file', {
    description: 'Read what a server left in this directory, its -var, or in a file of it',
  });
  place = Option.String({ name: 'PATH', required: false });

  get anchor(): string {
    return this.place ?? '/';
  }

  override async execute(): Promise<number> {
    if (this.file === undefined) return await super.execute();
    if (this.follow) throw new CircuitError('BAD_ARGUMENT', 'give --follow or --file, not both');
    const names = this.anchor.split('/').filter((name) => name !== '');
    const path = `/${names.join('/')}`;
    let found = false;
    const heeded = async function* (entries: AsyncIterable<JournalEntry>) {
      for await (const entry of entries) {
        found ||= isAbout(path, entry);
        yield entry;
      }
    };
    await this.#print(heeded(entriesOfFiles(this.file)), path);
    if (found || path === '/') return 0;
    throw new CircuitError('NO_SUCH_ANCHOR', `nothing in ${this.file} is about ${path}`);
  }

  protected override async workAt(client: Client, { signal }: Interrupt) {
    const { path } = client.walk(this.anchor);
    try {
      await this.#print(this.#entries(client, path, signal), path);
    } catch (error) {
      // Only so does one who follows come to an end.
      if (this.follow && signal.aborted && isCancelled(error)) return 0;
      throw error;
    }
    return 0;
  }

  async #print(entries: AsyncIterable<JournalEntry>, path: string): Promise<void> {
    const since = sinceText(this.since);
    const isWanted = (entry: JournalEntry) =>
      entry.stamp >= since && (isAbout(path, entry) || isLoss(path, entry));
    const lines = new LogLines();
    const told = this.json
      ? (entry: JournalEntry) => jsonText(entry, { json: true })
      : (entry: JournalEntry) => lines.line(entry);
    await printAll(entries, (entry) => (isWanted(entry) ? told(entry) : ''));
  }

  #entries(client: Client, path: string, signal: AbortSignal) {
    const how = { follow: this.follow, signal };
    const [, server = ''] = path.split('/');
    return server === '' ? client.log(how) : client.walk(`/${server}`).server().journal(how);
  }
}

/** Writes what there is before it waits for more. */
async function printAll(
  entries: AsyncIterable<JournalEntry>,
  told: (entry: JournalEntry) => string,
): Promise<void> {
  let text = '';
  let writing: Promise<void> | undefined;
  let failure: { readonly error: unknown } | undefined;
  const flush = async () => {
    await setImmediate();
    while (text !== '') {
      const piece = text;
      text = '';
      await print(piece);
    }
  };
  for await (const entry of entries) {
    text += told(entry);
    if (failure !== undefined) throw failure.error;
    if (text === '') continue;
    writing ??= flush()
      .catch((error) => {
        failure = { error };
      })
      .finally(() => {
        writing = undefined;
      });
    if (text.length > pieceChars) await writing;
  }
  await writing;
  if (failure !== undefined) throw failure.error;
}

/** Whether an entry is about `place`, or what is below it; of a server, about all that it did. */
function isAbout(place: string, { server, path = '' }: JournalEntry): boolean {
  const [, ...names] = place.split('/');
  if (place === '/') return true;
  if (names.length === 1) return server === names[0];
  return server === names[0] && (path === place || path.startsWith(`${place}/`));
}

/** Whether entries of the server of `place` are missing: nobody knows what they were about. */
function isLoss(place: string, { server, event }: JournalEntry): boolean {
  return event === 'lost' && server === place.split('/')[1];
}

function sinceText(seconds: string | undefined): string {
  if (seconds === undefined) return '';
  const ms = 1_000 * secondsOf(seconds, { name: '--since', min: 0, max: 1_000_000_000 });
  return new Date(Date.now() - ms).toISOString();
}

function isCancelled(error: unknown): boolean {
  return error instanceof CircuitError && error.code === 'CANCELLED';
}
