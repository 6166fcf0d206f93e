/**
 * The web server of the application: GET /put/name/value, /get/name and /del/name work on the
 * database. Where that is, a name server knows: it is asked for each request, so that the database
 * may move.
 *
 * Its arguments are the address to listen on and that of the name server; the first line that it
 * prints is where it listens.
 */

import { Resolver } from 'node:dns/promises';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { service } from './names.ts';

export interface Response {
  readonly status: number;
  readonly body: string;
}

/** Sends a line to the database, and resolves with its answer. */
export type Ask = (line: string) => Promise<string>;

/** The response to a request for a path. */
export async function respond(path: string, ask: Ask): Promise<Response> {
  const line = lineOf(path);
  if (line === undefined) return { status: 404, body: 'try /put/name/value, /get/name, /del/name' };
  let answer: string;
  try {
    answer = await ask(line);
  } catch (error) {
    return { status: 503, body: `the database gives no answer: ${(error as Error).message}` };
  }
  if (answer === 'NONE') return { status: 404, body: 'there is nothing of that name' };
  const value = answer.startsWith('VALUE ') ? decodeURIComponent(answer.slice(6)) : answer;
  return { status: 200, body: value };
}

function lineOf(path: string): string | undefined {
  const [, verb, name, value] = path.split('/');
  if (name === undefined || name === '') return undefined;
  if (verb === 'put' && value !== undefined) return `PUT ${name} ${value}`;
  if (verb === 'get' && value === undefined) return `GET ${name}`;
  if (verb === 'del' && value === undefined) return `DEL ${name}`;
  return undefined;
}

/** Finds the database by its name, and asks it one line. */
async function askDatabase(names: Resolver, line: string): Promise<string> {
  const [found] = await names.resolveSrv(service);
  if (found === undefined) throw new Error(`${service} is nowhere`);
  const [host] = await names.resolve4(found.name);
  const socket = connect(found.port, host);
  const answered = Promise.withResolvers<string>();
  socket.on('error', answered.reject);
  socket.on('close', () => answered.reject(new Error('it hung up')));
  createInterface(socket).on('line', answered.resolve).on('error', answered.reject);
  socket.write(`${line}\n`);
  return answered.promise.finally(() => socket.destroy());
}

if (import.meta.main) {
  const [, , host = '127.0.0.1', nameServer = ''] = process.argv;
  const names = new Resolver();
  names.setServers([nameServer]);
  const server = createServer(async (request, response) => {
    const { status, body } = await respond(request.url ?? '/', (line) => askDatabase(names, line));
    response.writeHead(status, { 'content-type': 'text/plain' }).end(`${body}\n`);
  });
  server.listen(0, host, () => {
    const address = server.address();
    if (typeof address === 'object') console.log(`${host}:${address?.port}`);
  });
}
