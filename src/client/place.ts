/** Where something is, and how to ask its server about it: what all handles have in common. */

import { formatPath, type Path } from '../anchor/path.ts';
import { CircuitError } from '../errors.ts';
import type { ServerId } from '../id.ts';
import type { MethodName, Request } from '../rpc/method.ts';
import { ask, type Target } from './invoke.ts';
import type { Waiting } from './options.ts';

const decoder = new TextDecoder();

export class Place {
  readonly target: Target;
  readonly path: Path;

  constructor(target: Target, path: Path) {
    this.target = target;
    this.path = path;
  }

  /** The full path, as text. */
  get text(): string {
    return formatPath(this.path);
  }

  /** The path below the server. */
  get below(): string {
    return this.path.names.join('/');
  }

  /** A request about this place. */
  to<R>(rest: R): { server: ServerId | undefined; request: R & { path: string } } {
    return { server: this.path.server, request: { path: this.below, ...rest } };
  }

  /** The answer of the server. */
  ask<M extends MethodName>(method: M, request: Request<M>, waiting: Waiting): Promise<Uint8Array> {
    return ask(this.target, method, { server: this.path.server, request }, waiting);
  }

  /** The answer of the server, which is JSON. Throws PROTOCOL when it is none. */
  async askJson<M extends MethodName>(
    method: M,
    request: Request<M>,
    waiting: Waiting,
  ): Promise<unknown> {
    const text = decoder.decode(await this.ask(method, request, waiting));
    try {
      return JSON.parse(text);
    } catch {
      throw new CircuitError('PROTOCOL', 'the server answered with a malformed state');
    }
  }
}
