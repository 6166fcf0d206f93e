/**
 * TLS 1.3 with keys of both sides instead of certificates (RFC 8446, sections 2.2 and 4.2.11): with
 * X25519, so that who gets a key later cannot read what was said before.
 *
 * A client of TLS would take a certificate as well, of a server that has no key but a name. So none
 * is trusted here, one that is presented is refused, and that the key was used is checked at the
 * end. Nobody here has a certificate: else a server would take clients without a key. What OpenSSL
 * sends as a ticket is the name of a session that nobody keeps: no session is ever taken up again.
 *
 * Node's modules are loaded with the first use: most hosts have no keys, and TLS takes long to load.
 */

import type { Socket } from 'node:net';
import type { SecureContext, Server, TLSSocket, TlsOptions } from 'node:tls';
import type { Refusal } from '../../src/refused.ts';
import type { Key } from './keys.ts';

const protocol = {
  minVersion: 'TLSv1.3',
  maxVersion: 'TLSv1.3',
  ciphers: 'TLS_AES_128_GCM_SHA256',
  ecdhCurve: 'X25519',
} as const;

/** What OpenSSL says at a server whose client offers none of our keys, or nothing that we speak. */
const foreign: ReadonlySet<string> = new Set([
  'ERR_SSL_NO_SUITABLE_SIGNATURE_ALGORITHM',
  'ERR_SSL_NO_SHARED_CIPHER',
  'ERR_SSL_UNSUPPORTED_PROTOCOL',
  'ERR_SSL_BINDER_DOES_NOT_VERIFY',
]);

/** Made once, by the first who dials: it takes longer than a handshake. */
let trustsNobody: SecureContext | undefined;

/** The client's side of TLS over `raw`, which may still be dialling. Check `isProven` first. */
export function dialTls(raw: Socket, key: Key): TLSSocket {
  const { connect, createSecureContext } = process.getBuiltinModule('node:tls');
  trustsNobody ??= createSecureContext({ ...protocol, ca: [] });
  return connect({
    socket: raw,
    secureContext: trustsNobody,
    rejectUnauthorized: true,
    checkServerIdentity: () => new Error('a certificate in place of a key'),
    pskCallback: () => ({ psk: key.stream, identity: key.id }),
  });
}

/** Whether the peer has shown that it has the key. */
export function isProven(stream: TLSSocket): boolean {
  return stream.isSessionReused();
}

/**
 * The server's side: hand it sockets with `emit('connection', socket)`. `find` is asked for the key
 * that a client names.
 */
export function answerTls(find: (stream: TLSSocket, id: string) => Key | undefined): Server {
  const { constants } = process.getBuiltinModule('node:crypto');
  return process.getBuiltinModule('node:tls').createServer({
    ...protocol,
    secureOptions: constants.SSL_OP_NO_TICKET,
    pskCallback: (stream: TLSSocket, id: string) => find(stream, id)?.stream ?? null,
  } as TlsOptions);
}

/** Whether that error of a handshake says that the client has none of our keys. */
export function isForeign(error: Error & { code?: string }): boolean {
  return foreign.has(error.code ?? '');
}

/** What is wrong with the peer of a dialled stream; undefined for what is no matter of TLS. */
export function faultOf({ code = '' }: Error & { code?: string }): Refusal | undefined {
  switch (code) {
    case 'ERR_SSL_WRONG_VERSION_NUMBER': // What answers does not speak TLS.
      return 'noKey';
    case 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE':
      return 'wrongKey';
    default:
      if (code.startsWith('ERR_SSL_')) return 'broken';
      return /^E[A-Z]+$/.test(code) ? undefined : 'wrongKey'; // A certificate, of whatever kind.
  }
}
