/**
 * A network of hosts on this machine, on which packets may be lost: each host is a network namespace
 * with an address of its own, and all are plugged into one bridge. The bridge is in a namespace as
 * well, and the names of the namespaces are in a mount namespace, so that nothing of the machine's
 * own network is touched or could be reached.
 *
 * All of it hangs on one process, the holder, which ends with its standard input: whatever becomes
 * of the tests, a process that was started here is killed then, and the kernel takes the rest away.
 *
 * Works as root, and without, where users may make namespaces of their own.
 */

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { execa } from 'execa';

// Where Debian has ip and nft; the path of a user may lack it.
process.env['PATH'] += ':/usr/sbin:/sbin';

/** As root; and as a user who may make namespaces. */
const privileges = [
  { make: [], enter: [] },
  { make: ['--user', '--map-root-user'], enter: ['--user', '--preserve-credentials'] },
];

/** A directory for names that nobody else sees. */
const ownNames = 'mount -t tmpfs none /run && mkdir /run/netns';
const trial = `
  ${ownNames} && ip netns add trial && ip link add name port type veth peer name eth0 netns trial &&
  ip link add name bridge type bridge && ip netns exec trial true`;
const lossTrial = `${trial} && nft '${lossRules('port', 'trial', 1)}'`;

const [privilege, refusal] = choose();

/** Why there can be no such network here; undefined when there can. */
export const netnsMissing = privilege === undefined ? refusal : undefined;

/** Why its packets cannot be dropped at random, or in one direction. */
export const lossMissing = netnsMissing ?? tryOut(lossTrial, privilege?.make ?? []);

export class Network implements AsyncDisposable {
  readonly #holder;
  readonly #names: readonly string[];

  private constructor(names: readonly string[]) {
    this.#names = names;
    this.#holder = execa('unshare', [...unshared(privilege?.make ?? []), holding(names)], {
      reject: false,
      stdin: 'pipe',
    });
  }

  /** So many hosts, at most 250, which reach each other once this resolves. */
  static async create(count: number): Promise<Network> {
    const names = Array.from({ length: count }, (_, i) => `h${i + 1}`);
    const network = new Network(names);
    const { stdout } = network.#holder;
    const failed = network.#holder.then(({ stderr }) => Promise.reject(new Error(stderr)));
    await Promise.race([once(stdout, 'data'), failed]);
    failed.catch(() => {});
    return network;
  }

  /** From 0; the IP address of that host. */
  address(host: number): string {
    return `10.77.0.${host + 1}`;
  }

  /** What comes before a command that is to run on that host. Its process id is the command's. */
  on(host: number): readonly string[] {
    return [...this.#entered(), 'ip', 'netns', 'exec', this.#names[host] as string];
  }

  /** Nothing gets to the host or from it, and nobody is told. */
  async unplug(host: number): Promise<void> {
    await this.#run(`ip link set port${host + 1} nomaster`);
  }

  async plug(host: number): Promise<void> {
    await this.#run(`ip link set port${host + 1} master bridge`);
  }

  /** Of what is sent to the host, or by it, so many percent are lost from now on. */
  async lose(host: number, direction: 'to' | 'from', percent: number): Promise<void> {
    const name = this.#names[host] as string;
    const [device, where] = direction === 'to' ? ['eth0', this.on(host)] : [`port${host + 1}`];
    await this.#run(`nft '${lossRules(device as string, name, percent)}'`, where);
  }

  async loseNothing(host: number): Promise<void> {
    const forget = `nft 'add table netdev ${this.#names[host]}; delete table netdev ${this.#names[host]}'`;
    await this.#run(forget);
    await this.#run(forget, this.on(host));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#holder.stdin.end();
    await this.#holder;
  }

  #entered(): readonly string[] {
    const pid = String(this.#holder.pid);
    return ['nsenter', '--target', pid, ...(privilege?.enter ?? []), '--mount', '--net'];
  }

  async #run(script: string, within: readonly string[] = this.#entered()): Promise<void> {
    const [file, ...args] = within;
    await execa(file as string, [...args, 'sh', '-c', script]);
  }
}

/** Addresses are still asked for and told: only what is carried to them gets lost. */
function lossRules(device: string, table: string, percent: number): string {
  const some = percent < 100 ? `numgen random mod 100 < ${percent}` : '';
  return `add table netdev ${table};
    add chain netdev ${table} ${device} { type filter hook ingress device ${device} priority 0; };
    flush chain netdev ${table} ${device};
    add rule netdev ${table} ${device} meta protocol ip ${some} drop`;
}

function holding(names: readonly string[]): string {
  const hosts = names.map(
    (name, i) => `
      ip netns add ${name}
      ip link add name port${i + 1} type veth peer name eth0 netns ${name}
      ip link set port${i + 1} master bridge up
      ip -n ${name} address add 10.77.0.${i + 1}/24 dev eth0
      ip -n ${name} link set lo up
      ip -n ${name} link set eth0 up`,
  );
  const end = names.map((name) => `ip netns pids ${name} | xargs -r kill -9`);
  return `
    set -e
    trap '' INT TERM
    ${ownNames}
    ip link add name bridge type bridge
    ip link set bridge up
    ${hosts.join('')}
    echo ready
    cat >/dev/null
    set +e
    ${end.join('\n')}`;
}

function choose(): readonly [(typeof privileges)[number] | undefined, string | undefined] {
  let why: string | undefined;
  for (const each of privileges) {
    why = tryOut(trial, each.make);
    if (why === undefined) return [each, why];
  }
  return [undefined, why];
}

/** Why it failed; undefined when it did not. */
function tryOut(script: string, flags: readonly string[]): string | undefined {
  const { status, stderr, error } = spawnSync('unshare', [...unshared(flags), script], {
    encoding: 'utf8',
  });
  if (status === 0) return undefined;
  return error?.message ?? (stderr.trim().split('\n').at(-1) || `it ended with ${status}`);
}

function unshared(flags: readonly string[]): readonly string[] {
  return [...flags, '--net', '--mount', 'sh', '-c'];
}
