/** The way of a command to a server: which one is dialled, and how it is found. */

import { closeSync, openSync, readSync } from 'node:fs';
import {
  type Address,
  CircuitError,
  type Client,
  connect,
  discover,
  parseCircuitUrl,
  parseGroup,
} from '../src/index.ts';
import { nodeHost } from '../transport/index.ts';
import { keysIn } from './keys.ts';

const URL_FILE_BYTES = 4_096;

/** `url` and `group` as the options -d and -discover have them; a file with keys, if there is one. */
export interface Wanted {
  readonly url: string | undefined;
  readonly group: string | undefined;
  readonly keyFile: string | undefined;
  readonly signal: AbortSignal;
}

/** Dials the server that -d names, else one found by -discover or CIRCUIT_DISCOVER, else CIRCUIT's. */
export async function dial({ url, group: asked, keyFile, signal }: Wanted): Promise<Client> {
  const group = url === undefined ? groupOf(asked) : undefined;
  const known = group === undefined ? (url ?? urlOfCircuit()) : '';
  const host = await nodeHost({ client: true, ...(await keysIn(keyFile)) });
  if (group !== undefined) return await discover(host, group, { signal });
  return await connect(host, known, { signal }).catch((error) => {
    throw url === undefined ? misled(error) : error;
  });
}

/** A file may be that of a server that is gone, or of another circuit. */
function misled(error: unknown): unknown {
  if (!(error instanceof CircuitError) || error.code === 'CANCELLED') return error;
  const { code, message, outcomeUnknown } = error;
  const file = process.env['CIRCUIT'];
  const where = `this URL is in the file ${file}, which CIRCUIT names`;
  return new CircuitError(code, `${message}; ${where}`, { outcomeUnknown });
}

/**
 * The multicast group that the option names, or else CIRCUIT_DISCOVER; undefined when that is empty,
 * or there is none. Throws BAD_ARGUMENT.
 */
export function groupOf(option: string | undefined): Address | undefined {
  const text = option ?? process.env['CIRCUIT_DISCOVER'] ?? '';
  if (text === '') return undefined;
  try {
    return parseGroup(text);
  } catch (error) {
    throw within(option === undefined ? 'CIRCUIT_DISCOVER' : '-discover', error);
  }
}

function urlOfCircuit(): string {
  const file = process.env['CIRCUIT'] ?? '';
  if (file !== '') return urlInFile(file);
  throw new CircuitError(
    'BAD_ARGUMENT',
    'no server to dial: name one with -d URL, or find one with -discover ADDR, ' +
      'or let CIRCUIT name a file that holds the URL that "circuit start" prints',
  );
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
    text = headOf(file);
  } catch (error) {
    const [reason] = (error as Error).message.split(',');
    throw new CircuitError(
      'BAD_ARGUMENT',
      `cannot read the file ${file} that CIRCUIT names: ${reason}`,
    );
  }
  return parseUrlFile(text, file);
}

/** The URL that a server keeps in its file. Throws BAD_ARGUMENT, which tells nothing of other files. */
export function parseUrlFile(text: string, file: string): string {
  const [line = ''] = text.trim().split('\n');
  if (line === '') {
    throw new CircuitError(
      'BAD_ARGUMENT',
      `the file ${file} that CIRCUIT names is empty; has the server started yet?`,
    );
  }
  if (!line.startsWith('circuit://')) {
    throw new CircuitError(
      'BAD_ARGUMENT',
      `the file ${file} that CIRCUIT names does not begin with a URL, as "circuit start" prints it`,
    );
  }
  try {
    parseCircuitUrl(line);
    return line;
  } catch (error) {
    throw within(`the file ${file} that CIRCUIT names`, error);
  }
}

/** As much of a file as a URL may have, and more: it may be the wrong one, and have no end. */
function headOf(file: string): string {
  const opened = openSync(file, 'r');
  try {
    const head = new Uint8Array(URL_FILE_BYTES);
    return new TextDecoder().decode(head.subarray(0, readSync(opened, head)));
  } finally {
    closeSync(opened);
  }
}

/** `error` with where it comes from in front. */
function within(where: string, error: unknown): unknown {
  if (!(error instanceof CircuitError)) return error;
  return new CircuitError(error.code, `${where}: ${error.message}`);
}
