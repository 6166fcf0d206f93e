/** The JSON that `circuit mkdkr` reads, checked field by field. */

import { badArgument } from '../errors.ts';
import type { ContainerCommand } from '../host/index.ts';
import { count, environment, fieldsOf, flag, plainText, textList } from './fields.ts';

/** Which container to run, with the field names of the original. */
export interface DockerCommand {
  readonly Image: string;
  /** In bytes; 0: unlimited. */
  readonly Memory: number;
  /** Its weight against others; 0: as the engine sees fit. */
  readonly CpuShares: number;
  /** Of a Docker that no longer exists: accepted, and without effect. */
  readonly Lxc: readonly string[] | null;
  /** `/inside`, or `/outside:/inside`, or `/outside:/inside:ro`. */
  readonly Volume: readonly string[] | null;
  /** Empty: as the image says; so also Entry and Path. */
  readonly Dir: string;
  readonly Entry: string;
  /** `KEY=VALUE` each, besides those of the image. */
  readonly Env: readonly string[] | null;
  readonly Path: string;
  readonly Args: readonly string[] | null;
  /** Whether the element goes when the container exits, and the container with it. */
  readonly Scrub: boolean;
}

const fieldNames = [
  'Image',
  'Memory',
  'CpuShares',
  'Lxc',
  'Volume',
  'Dir',
  'Entry',
  'Env',
  'Path',
  'Args',
  'Scrub',
] as const;

/** What Linux has as the largest weight of a control group. */
const cpuSharesMax = 262_144;

/** Checks a command given as JSON; field names in any case. Throws BAD_ARGUMENT. */
export function parseDockerCommand(json: unknown): DockerCommand {
  const fields = fieldsOf(json, {
    what: 'container',
    example: '{"Image": "busybox", "Path": "/bin/ls", "Args": ["/"]}',
    names: fieldNames,
  });
  const command = {
    Image: plainText('Image', fields.get('Image') ?? ''),
    Memory: count('Memory', fields.get('Memory') ?? 0, Number.MAX_SAFE_INTEGER),
    CpuShares: count('CpuShares', fields.get('CpuShares') ?? 0, cpuSharesMax),
    Lxc: textList('Lxc', fields.get('Lxc')),
    Volume: textList('Volume', fields.get('Volume')),
    Dir: plainText('Dir', fields.get('Dir') ?? ''),
    Entry: plainText('Entry', fields.get('Entry') ?? ''),
    Env: environment(fields.get('Env')),
    Path: plainText('Path', fields.get('Path') ?? ''),
    Args: textList('Args', fields.get('Args')),
    Scrub: flag('Scrub', fields.get('Scrub') ?? false),
  };
  if (command.Image === '')
    throw badArgument('the field Image names an image, for example busybox');
  for (const volume of command.Volume ?? []) {
    if (isVolume(volume)) continue;
    throw badArgument(
      `the entry "${volume}" of Volume is not of the form /inside or /outside:/inside:ro`,
    );
  }
  return command;
}

/** What there is to say to whoever uses a field that has no effect; undefined: nothing. */
export function warningOf(command: DockerCommand): string | undefined {
  if ((command.Lxc ?? []).length === 0) return undefined;
  return 'the field Lxc has no effect: no container engine has these options any more';
}

/** The same as a host takes it. */
export function containerOf(command: DockerCommand): ContainerCommand {
  return {
    image: command.Image,
    memoryBytes: command.Memory === 0 ? undefined : command.Memory,
    cpuShares: command.CpuShares === 0 ? undefined : command.CpuShares,
    volumes: command.Volume ?? [],
    dir: command.Dir === '' ? undefined : command.Dir,
    entry: command.Entry === '' ? undefined : command.Entry,
    env: command.Env ?? [],
    path: command.Path === '' ? undefined : command.Path,
    args: command.Args ?? [],
  };
}

/** The engine judges the rest; a place inside the container is absolute in any case. */
function isVolume(volume: string): boolean {
  const parts = volume.split(':');
  const inside = parts.length === 1 ? parts[0] : parts[1];
  return parts.length <= 3 && parts[0] !== '' && inside?.startsWith('/') === true;
}
