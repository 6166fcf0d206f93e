/** What makes the streams of a host with keys. */

import type { Socket } from 'node:net';
import type { Address } from '../../src/id.ts';
import type { Line } from '../tcp-connection.ts';
import { type Admitted, Door } from './door.ts';
import type { Key } from './keys.ts';
import { Protection } from './protection.ts';
import type { Vault } from './vault.ts';

export class Guard {
  readonly #vault: Vault;

  /** The vault must hold keys. */
  constructor(vault: Vault) {
    this.#vault = vault;
  }

  /** Over a socket that is being dialled. */
  dial(raw: Socket, remote: Address): Line {
    const key = this.#vault.first as Key;
    return { raw, remote, protection: Protection.dial(this.#vault, key, raw, remote) };
  }

  /** For sockets that are accepted; `admit` gets those whose peer has a key of ours, in time. */
  door(admit: (line: Line) => void, patienceMs: number): Door {
    const admitted = ({ raw, stream, remote, key }: Admitted) => {
      const protection = new Protection(this.#vault, { stream, remote, key, isProven: true });
      admit({ raw, remote, protection });
    };
    return new Door(this.#vault, admitted, patienceMs);
  }

  /** Whether that is a key of ours, still. */
  has(key: string): boolean {
    return this.#vault.find(key) !== undefined;
  }
}
