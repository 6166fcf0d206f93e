/** What commands have in common: their options, said once, and the way to a server. */

import { readFileSync } from 'node:fs';
import { Command, Option } from 'clipanion';
import { CircuitError, type Client, connect } from '../src/index.ts';
import { nodeHost } from '../transport/index.ts';
import { type Interrupt, interrupts } from './interrupt.ts';
import type { Context } from './usage.ts';

export abstract class CircuitCommand extends Command<Context> {
  json = Option.Boolean('--json', false, {
    description: 'Print one line of JSON; errors too, on standard error',
  });
  hmac = Option.String('-hmac,--hmac', {
    description: 'File with the key of the circuit (not in this version)',
  });
  discover = Option.String('-discover,--discover', {
    description: 'Multicast address to find servers by (not in this version)',
  });
  timeout = Option.String('--timeout', { description: 'Give up after so many SECONDS' });

  /** A number of seconds above 0. Throws BAD_ARGUMENT. */
  protected get timeoutSeconds(): number | undefined {
    if (this.timeout === undefined) return undefined;
    const seconds = /^\d+(\.\d+)?$/.test(this.timeout) ? Number(this.timeout) : 0;
    if (seconds > 0 && seconds <= 1_000_000) return seconds;
    throw new CircuitError(
      'BAD_ARGUMENT',
      `--timeout ${this.timeout} is not a time: give seconds, for example 10 or 0.5`,
    );
  }

  /** Without keys we would talk unprotected where protection was asked for: never. */
  protected refuseKeys(): void {
    const file = this.hmac ?? process.env['CIRCUIT_HMAC'] ?? '';
    if (this.hmac === undefined && file === '') return;
    const whence = this.hmac === undefined ? 'CIRCUIT_HMAC' : '-hmac';
    throw new CircuitError(
      'NOT_SUPPORTED',
      `${whence} asks for a protected circuit, and this version has no keys yet; ` +
        'without it, everything is sent in plain text',
    );
  }

  protected refuseDiscovery(): void {
    const address = this.discover ?? process.env['CIRCUIT_DISCOVER'] ?? '';
    if (this.discover === undefined && address === '') return;
    const whence = this.discover === undefined ? 'CIRCUIT_DISCOVER' : '-discover';
    throw new CircuitError(
      'NOT_SUPPORTED',
      `${whence} asks for discovery, which this version does not have yet; ` +
        'name a server by its URL, with -d or, when starting, with -j',
    );
  }
}

/** A command that asks a server. */
export abstract class ClientCommand extends CircuitCommand {
  dial = Option.String('-d,--dial', {
    description: 'URL of the server to dial; default: what is in the file that CIRCUIT names',
  });

  protected abstract work(client: Client, interrupt: Interrupt): Promise<number | undefined>;

  async execute(): Promise<number> {
    this.refuseKeys();
    const url = this.#url();
    const interrupt = interrupts(this.timeoutSeconds);
    try {
      const host = await nodeHost({ client: true });
      const client = await connect(host, url, { signal: interrupt.signal });
      // Not closed in order: the answer is here, and the end of the program closes it, too.
      return (await this.work(client, interrupt)) ?? 0;
    } catch (error) {
      throw interrupt.explain(error);
    }
  }

  /** -d, then -discover, then CIRCUIT. */
  #url(): string {
    if (this.dial === undefined || this.discover !== undefined) this.refuseDiscovery();
    if (this.dial !== undefined) return this.dial;
    const file = process.env['CIRCUIT'] ?? '';
    if (file !== '') return urlInFile(file);
    throw new CircuitError(
      'BAD_ARGUMENT',
      'no server to dial: name one with -d URL, or find one with -discover ADDR, ' +
        'or let CIRCUIT name a file that holds the URL that "circuit start" prints',
    );
  }
}

/** A command about one anchor: its errors name it. */
export abstract class AnchorCommand extends ClientCommand {
  abstract anchor: string;

  protected abstract workAt(client: Client, interrupt: Interrupt): Promise<number | undefined>;

  protected override async work(client: Client, interrupt: Interrupt) {
    try {
      return await this.workAt(client, interrupt);
    } catch (error) {
      throw naming(this.anchor, error);
    }
  }
}

/** `error` with the path in front, unless it names it already. */
export function naming(path: string, error: unknown): unknown {
  if (!(error instanceof CircuitError)) return error;
  const { code, message, outcomeUnknown } = error;
  const short = path.slice(0, 100);
  if (message.includes(short)) return error;
  return new CircuitError(code, `${short}: ${message}`, { outcomeUnknown });
}

function urlInFile(file: string): string {
  if (file.startsWith('circuit://')) {
    throw new CircuitError(
      'BAD_ARGUMENT',
      'CIRCUIT holds a URL, but it names a file that holds one; give the URL with -d',
    );
  }
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const reason = (error as Error).message;
    throw new CircuitError('BAD_ARGUMENT', `cannot read the file that CIRCUIT names: ${reason}`);
  }
  const [line = ''] = text.trim().split('\n');
  if (line !== '') return line;
  throw new CircuitError(
    'BAD_ARGUMENT',
    `the file ${file} that CIRCUIT names is empty; has the server started yet?`,
  );
}
