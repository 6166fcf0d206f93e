/** What commands have in common: their options, said once, and the way to a server. */

import { Command, Option } from 'clipanion';
import { CircuitError, type Client } from '../src/index.ts';
import { dial } from './dial.ts';
import { type Interrupt, interrupts } from './interrupt.ts';
import { keyFileOf } from './keys.ts';
import { abandonAfter } from './output.ts';
import { secondsOf } from './seconds.ts';
import type { Context } from './usage.ts';

export abstract class CircuitCommand extends Command<Context> {
  json = Option.Boolean('--json', false, {
    description: 'Print one line of JSON; errors too, on standard error',
  });
  hmac = Option.String('-hmac,--hmac', {
    description: 'File with the keys of the circuit; default: the file CIRCUIT_HMAC names',
  });
  discover = Option.String('-discover,--discover', {
    description: 'Multicast address to find servers by, such as 228.8.8.8:7711',
  });
  timeout = Option.String('--timeout', { description: 'Give up after so many SECONDS' });

  /** A number of seconds above 0. Throws BAD_ARGUMENT. */
  protected get timeoutSeconds(): number | undefined {
    if (this.timeout === undefined) return undefined;
    return secondsOf(this.timeout, { name: '--timeout', min: 0.001, max: 1_000_000 });
  }
}

/** A command that asks a server. */
export abstract class ClientCommand extends CircuitCommand {
  dial = Option.String('-d,--dial', {
    description: 'URL of the server to dial; default: see -discover, then the file CIRCUIT names',
  });

  protected abstract work(client: Client, interrupt: Interrupt): Promise<number | undefined>;

  async execute(): Promise<number> {
    const interrupt = interrupts(this.timeoutSeconds);
    const { signal } = interrupt;
    abandonAfter(signal);
    try {
      const client = await dial({
        url: this.dial,
        group: this.discover,
        keyFile: keyFileOf(this.hmac),
        signal,
      });
      // Not closed in order: the answer is here, and the end of the program closes it, too.
      return (await this.work(client, interrupt)) ?? 0;
    } catch (error) {
      throw interrupt.explain(error);
    }
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
  if (short === '/' || message.includes(short)) return error;
  return new CircuitError(code, `${short}: ${message}`, { outcomeUnknown });
}
