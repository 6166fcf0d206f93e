import { writeFileSync } from 'node:fs';
import { Command, Option } from 'clipanion';
import { CircuitError, type Client } from '../../src/index.ts';
import { AnchorCommand } from '../command.ts';
import { jsonText } from '../format.ts';
import type { Interrupt } from '../interrupt.ts';
import { print } from '../output.ts';
import { secondsOf } from '../seconds.ts';

export class CpuCommand extends AnchorCommand {
  static override paths = [['cpu']];
  static override usage = Command.Usage({
    category: 'Servers',
    description: 'profile what a server computes',
    details: `
      Samples the stack of the server for SECONDS, up to an hour, and prints a \`.cpuprofile\`: the
      developer tools of Chrome, Visual Studio Code and speedscope.app open it. One profile of a
      server is taken at a time. Giving up ends it, without a profile.
    `,
    examples: [
      ['Where ten seconds go', '$0 cpu /X317c2314a386a9db 10 > server.cpuprofile'],
      ['The same', '$0 cpu -o server.cpuprofile /X317c2314a386a9db 10'],
    ],
  });

  out = Option.String('-o,--output', { description: 'Write it to that file' });
  anchor = Option.String({ name: 'PATH' });
  seconds = Option.String({ name: 'SECONDS' });

  protected override async workAt(client: Client, { signal }: Interrupt) {
    const server = client.walk(this.anchor).server();
    const seconds = secondsOf(this.seconds, { name: 'SECONDS', min: 0.001, max: 3_600 });
    const done = showProgress(seconds);
    let profile: string;
    try {
      profile = await server.profile({ seconds, signal });
    } finally {
      done();
    }
    if (this.out === undefined) {
      await print(`${profile}\n`);
      return 0;
    }
    write(this.out, profile);
    if (this.json) {
      await print(jsonText({ server: server.path, file: this.out }, { json: true }));
    }
    return 0;
  }
}

function write(file: string, profile: string): void {
  try {
    writeFileSync(file, `${profile}\n`);
  } catch (error) {
    throw new CircuitError('BAD_ARGUMENT', `cannot write it: ${(error as Error).message}`);
  }
}

/** On a terminal, a line that tells how far it is. What it returns removes the line. */
function showProgress(seconds: number): () => void {
  const { stderr } = process;
  if (!stderr.isTTY) return () => {};
  const began = performance.now();
  const show = () => {
    const gone = Math.min(seconds, (performance.now() - began) / 1_000);
    stderr.write(`\r\x1b[Kprofiling: ${gone.toFixed(0)} of ${seconds} s`);
  };
  show();
  const ticking = setInterval(show, 1_000);
  return () => {
    clearInterval(ticking);
    stderr.write('\r\x1b[K');
  };
}
