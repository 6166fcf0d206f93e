/** What protects one stream: the key that it stands under, and what is told of a peer without. */

import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { CloseReason } from '../../src/host/network.ts';
import type { Address } from '../../src/id.ts';
import type { Key } from './keys.ts';
import { dialTls, faultOf, isProven } from './tls.ts';
import type { Vault } from './vault.ts';

export class Protection {
  /** Name of the key. */
  readonly key: string;
  readonly stream: TLSSocket;
  readonly #vault: Vault;
  readonly #remote: Address;
  #isProven: boolean;

  /** Of a stream that was accepted, the peer has proven that it has the key. */
  constructor(
    vault: Vault,
    of: { stream: TLSSocket; remote: Address; key: string; isProven: boolean },
  ) {
    this.#vault = vault;
    this.stream = of.stream;
    this.#remote = of.remote;
    this.key = of.key;
    this.#isProven = of.isProven;
  }

  /** Over a socket that is being dialled. */
  static dial(vault: Vault, key: Key, raw: Socket, remote: Address): Protection {
    const stream = dialTls(raw, key);
    return new Protection(vault, { stream, remote, key: key.id, isProven: false });
  }

  get isProven(): boolean {
    return this.#isProven;
  }

  /** The handshake is done. False when it does not show that the peer has the key. */
  prove(): boolean {
    this.#isProven = isProven(this.stream);
    if (!this.#isProven) this.#vault.refuse('wrongKey', this.#remote);
    return this.#isProven;
  }

  /** The stream failed: why, if that is a matter of keys. */
  failed(error: Error): CloseReason | undefined {
    const fault = faultOf(error);
    if (fault === undefined) return undefined;
    if (this.#isProven || fault === 'broken') {
      this.cut();
      return 'reset';
    }
    this.#vault.refuse(fault, this.#remote);
    return fault === 'noKey' ? 'noKey' : 'wrongKey';
  }

  /** It was changed on its way, or ended where the peer did not end it. */
  cut(): void {
    this.#vault.refuse('broken', this.#remote);
  }
}
