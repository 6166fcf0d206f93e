/** The clauses of a select, from standard input. */

import { type Client, formatPath, parseClauses, type SelectClause } from '../src/index.ts';
import { readJson } from './json-input.ts';

/** Both as they were read, and with handles of this client. Throws BAD_ARGUMENT, LIMIT. */
export async function readClauses(client: Client, signal: AbortSignal) {
  const read = parseClauses(await readJson(signal, '[{"op": "recv", "path": "/Xid/hi"}]'));
  const clauses = read.map((clause): SelectClause => {
    const anchor = client.walk(formatPath(clause.path));
    switch (clause.op) {
      case 'send':
        return { send: anchor.chan(), message: clause.message };
      case 'receive':
        return { receive: anchor.chan() };
      case 'exit':
        return { exit: anchor.proc() };
      default:
        return { event: anchor.subscription() };
    }
  });
  return { read, clauses };
}
