/**
 * The database of the web application: a table of names and values in memory, asked over TCP in
 * lines. `PUT name value`, `GET name` and `DEL name` are answered by `OK`, `VALUE value` or `NONE`.
 * Names and values are encoded as in URLs, so that they hold no blanks and no newlines.
 *
 * Its argument is the address to listen on; the first line that it prints is where it listens.
 */

import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

/** What the table holds, by name. */
export type Table = Map<string, string>;

/** The answer to one line. */
export function answer(table: Table, line: string): string {
  const [verb, name, value] = line.split(' ');
  if (name === undefined) return 'WHAT';
  switch (verb) {
    case 'PUT':
      table.set(name, value ?? '');
      return 'OK';
    case 'GET': {
      const held = table.get(name);
      return held === undefined ? 'NONE' : `VALUE ${held}`;
    }
    case 'DEL':
      return table.delete(name) ? 'OK' : 'NONE';
    default:
      return 'WHAT';
  }
}

if (import.meta.main) {
  const [, , host = '127.0.0.1'] = process.argv;
  const table: Table = new Map();
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    const lines = createInterface(socket);
    lines.on('line', (line) => void socket.write(`${answer(table, line)}\n`));
    lines.on('error', () => {});
  });
  server.listen(0, host, () => {
    const address = server.address();
    if (typeof address === 'object') console.log(`${host}:${address?.port}`);
  });
}
