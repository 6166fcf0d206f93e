/**
 * Containers of a Docker engine. Its client library is loaded only where containers are allowed: it
 * takes longer to load than all the rest.
 */

import { randomBytes } from 'node:crypto';
import type Docker from 'dockerode';
import { CircuitError } from '../src/errors.ts';
import type {
  Container,
  ContainerCommand,
  ContainerEvents,
  Containers,
} from '../src/host/containers.ts';
import type { Log } from '../src/host/log.ts';
import { NodeContainer } from './container.ts';
import { ContainerEngine, reasonOf } from './container-engine.ts';
import { ownerOfOurs } from './container-owner.ts';

/** How soon it is seen that output which nobody reads holds up the engine. */
const lookAgainMs = 400;

export class NodeContainers implements Containers {
  readonly #engine: ContainerEngine;
  readonly #orphans: boolean;
  /** Those to look after. */
  readonly #containers = new Set<NodeContainer>();
  /** Those that are in the engine, or about to be. */
  readonly #owned = new Set<NodeContainer>();
  #looking: NodeJS.Timeout | undefined;

  /** With `orphans`, containers run on without the host. */
  constructor(engine: ContainerEngine, { orphans = false }: { readonly orphans?: boolean } = {}) {
    this.#engine = engine;
    this.#orphans = orphans;
  }

  get left(): number {
    return this.#orphans ? 0 : this.#owned.size;
  }

  run(command: ContainerCommand, events: ContainerEvents): Container {
    const name = `via-circuit-${randomBytes(8).toString('hex')}`;
    const gone = () => this.#owned.delete(container);
    const owner = this.#orphans ? undefined : ownerOfOurs();
    const container = new NodeContainer(this.#engine, { name, command, owner, gone }, events);
    this.#containers.add(container);
    this.#owned.add(container);
    this.#looking ??= setInterval(() => this.#look(), lookAgainMs).unref();
    return container;
  }

  terminate(): void {
    if (this.#orphans) return;
    for (const container of this.#owned) container.terminate();
  }

  kill(): void {
    if (this.#orphans) return;
    for (const container of this.#owned) container.remove(() => {});
  }

  /** Removes what is left, as far as the engine answers at once, and forgets every container. */
  close(): void {
    this.kill();
    for (const container of this.#containers) container.release();
    clearInterval(this.#looking);
  }

  #look(): void {
    for (const container of this.#containers) {
      container.look();
      if (container.over) this.#containers.delete(container);
    }
    if (this.#containers.size > 0) return;
    clearInterval(this.#looking);
    this.#looking = undefined;
  }
}

/**
 * Throws ENGINE_FAILED when no engine answers. What servers of this host left behind that were killed
 * is removed meanwhile.
 */
export async function openContainers(options: {
  readonly orphans: boolean;
  readonly log: Log;
}): Promise<NodeContainers> {
  const { default: DockerClient } = await import('dockerode');
  const engine = new ContainerEngine(connectionOf(DockerClient));
  await engine.ping();
  void removeLeft(engine, options.log);
  return new NodeContainers(engine, options);
}

async function removeLeft(engine: ContainerEngine, log: Log): Promise<void> {
  try {
    const names = await engine.removeLeft();
    if (names.length > 0) log.write('info', 'containers-removed', { names });
  } catch (error) {
    const why = reasonOf(error);
    log.write('warn', 'containers-not-removed', { why });
  }
}

/** Without a bound on connections that say nothing, which DOCKER_CLIENT_TIMEOUT would set. */
function connectionOf(DockerClient: typeof Docker): Docker {
  try {
    return new DockerClient({ timeout: 0 });
  } catch (error) {
    throw new CircuitError(
      'ENGINE_FAILED',
      `the container engine that DOCKER_HOST names cannot be used: ${(error as Error).message}`,
    );
  }
}
