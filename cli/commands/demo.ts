import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'clipanion';
import { CircuitError, errorCodes } from '../../src/index.ts';
import { print } from '../output.ts';
import { Shell } from '../shell.ts';
import type { Context } from '../usage.ts';

/** Servers find each other within moments; this is for a machine that is busy with other things. */
const patienceMs = 30_000;

export class DemoCommand extends Command<Context> {
  static override paths = [['demo']];
  static override usage = Command.Usage({
    category: 'Help',
    description: 'see it work: three servers, a process and a channel, on this machine',
    details: `
      Starts three servers on loopback and works with them, and shows each command and what it
      printed. Nothing is left running, unless \`--keep\` is given.
    `,
    examples: [['See it work', '$0 demo']],
  });

  keep = Option.Boolean('--keep', false, { description: 'Leave the three servers running' });

  async execute(): Promise<number> {
    const directory = mkdtempSync(join(tmpdir(), 'circuit-demo-'));
    const shell = new Shell(directory, { keep: this.keep });
    let done = false;
    const clear = async () => {
      await shell.end();
      rmSync(directory, { recursive: true, force: true });
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => void clear().finally(() => process.exit(errorCodes.CANCELLED)));
    }
    try {
      await tour(shell);
      done = true;
    } finally {
      if (!done || !this.keep) await clear();
    }
    await print(this.keep ? next(shell) : `\nThat was it; nothing is left running.\n${hint}`);
    return 0;
  }
}

async function tour(shell: Shell): Promise<void> {
  await print('Three servers, each the daemon of one host; here all on this machine:\n\n');
  const first = await shell.start([]);
  const second = await shell.start(['-j', first.url]);
  const third = await shell.start(['-j', first.url]);
  await shell.until(['ls', '/'], (output) => output.split('\n').length === 4, patienceMs);

  await print('\nA process on the third, through the first:\n\n');
  const job = `/${third.id}/job`;
  const command = { Path: '/bin/sh', Args: ['-c', 'echo hello from process $$'] };
  await shell.run(['mkproc', job], { input: JSON.stringify(command) });
  await shell.run(['wait', '--status', job]);
  expect(await shell.run(['stdout', job]), /^hello from process \d+\n$/);

  await print('\nA message through a channel on the second:\n\n');
  const mail = `/${second.id}/mail`;
  await shell.run(['mkchan', mail, '1']);
  await shell.run(['send', mail], { input: 'a message' });
  expect(await shell.run(['recv', mail]), /^a message\n$/);

  await print('\nEverything there is:\n\n');
  const listing = await shell.run(['ls', '-l', '/...']);
  for (const path of [`server /${first.id}\n`, `chan ${mail}\n`, `proc ${job}\n`]) {
    if (!listing.includes(path)) throw failed(`"circuit ls" did not list ${path.trim()}`);
  }
}

function expect(output: string, wanted: RegExp): void {
  if (!wanted.test(output)) throw failed(`the output ${JSON.stringify(output)} is not as expected`);
}

function failed(what: string): CircuitError {
  return new CircuitError('PROTOCOL', `the demo went wrong: ${what}; please report it`);
}

const hint = `
Try next:
  circuit demo --keep            the same, and the servers stay for you to play with
  circuit start                  a server of your own
  circuit help                   all commands
(in a clone, "circuit" is ./bin/circuit)
`;

function next(shell: Shell): string {
  const pids = shell.pids.join(' ');
  return `
The three servers are still running. In this or another terminal:

  export CIRCUIT=${shell.urlFile}
  circuit ls -l /...

  circuit leave /X...            ends one of them
  kill ${pids.padEnd(25)} ends all of them
(in a clone, "circuit" is ./bin/circuit)
`;
}
