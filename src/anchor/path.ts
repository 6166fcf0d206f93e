/**
 * Paths of the namespace: `/X317c2314a386a9db/hi/charlie`. The first component is a server, the
 * rest are names that users choose: any text without `/` and control characters.
 */

import { CircuitError } from '../errors.ts';
import { isServerId, type ServerId } from '../id.ts';
import { limits } from '../limits.ts';

/** Where something is in the namespace. */
export interface Path {
  /** Undefined for `/`, whose children are the servers. */
  readonly server: ServerId | undefined;
  /** Below the server. */
  readonly names: readonly string[];
}

const utf8 = new TextEncoder();

/** Parses a full path. Throws BAD_ARGUMENT, or NO_SUCH_SERVER when it cannot name a server. */
export function parsePath(text: string): Path {
  if (!text.startsWith('/')) {
    throw new CircuitError(
      'BAD_ARGUMENT',
      `"${text.slice(0, 100)}" is not a path: paths begin with /, for example /X317c2314a386a9db/hi`,
    );
  }
  const [server, ...names] = parseNames(text);
  if (server === undefined) return { server: undefined, names: [] };
  if (!isServerId(server)) throw noSuchServer(server);
  return { server, names };
}

/** Splits a path below a server into its names; empty ones are passed over. */
export function parseNames(text: string): string[] {
  if (isLonger(text, limits.pathBytesMax)) {
    throw new CircuitError(
      'BAD_ARGUMENT',
      `the path is too long: at most ${limits.pathBytesMax} bytes`,
    );
  }
  const names = text.split('/').filter((name) => name !== '');
  if (names.length > limits.pathDepthMax) {
    throw new CircuitError(
      'BAD_ARGUMENT',
      `the path is too deep: at most ${limits.pathDepthMax} names`,
    );
  }
  for (const name of names) {
    if (isLonger(name, limits.nameBytesMax)) {
      throw new CircuitError(
        'BAD_ARGUMENT',
        `the name "${name.slice(0, 40)}..." is too long: at most ${limits.nameBytesMax} bytes`,
      );
    }
    if (/[\u0000-\u001f\u007f\ud800-\udfff]/u.test(name)) {
      throw new CircuitError('BAD_ARGUMENT', 'a name may not hold control characters');
    }
  }
  return names;
}

/** As `walk` takes it: `/X317c2314a386a9db/hi`. */
export function formatPath(path: Path): string {
  if (path.server === undefined) return '/';
  return `/${[path.server, ...path.names].join('/')}`;
}

export function noSuchServer(name: string): CircuitError {
  return new CircuitError(
    'NO_SUCH_SERVER',
    `no server "${name.slice(0, 100)}" is in this circuit; "circuit ls /" lists those that are`,
  );
}

/** In bytes of UTF-8, of which there are at most three for each unit of a string. */
function isLonger(text: string, bytesMax: number): boolean {
  return text.length * 3 > bytesMax && utf8.encode(text).length > bytesMax;
}
