/**
 * Ends the processes of a server that was killed. A shell of its own session is told of each process
 * group when it begins and when nothing is left in it, and knows by the end of what it reads that the
 * server is gone, however that came: then it kills the groups that are left.
 *
 * It is a shell because a shell is everywhere and takes 1 MiB. It holds no descriptor of the server
 * but the one that it reads. When it dies, another is started and told everything.
 *
 * A number that was given to another process meanwhile is told apart by the moment at which the
 * first process of the group started. A group that has lost its first process keeps its number from
 * being given away, so then no process has it (see process-groups.ts).
 */

import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Log } from '../src/host/log.ts';
import { hasDescriptors } from './descriptors.ts';

/** A watcher that did not live this long is not replaced at once. Shorter: more attempts in vain. */
const livesMs = 1_000;
/** How long the ends of groups may wait to be told. Longer: fewer writes, and no harm. */
const forgetMs = 100;
/** Untold, in bytes, before the watcher is replaced: it reads nothing. */
const untoldBytesMax = 1024 * 1024;
/** How long it may take to end when there is nothing to watch any more. */
const endMs = 1_000;

/**
 * `+ GROUP START` and `- GROUP` are read into variables. Then `set` prints them, some shells with
 * quotes. The last line of `stat` counts, and of it what follows the last bracket: the name of a
 * program may hold anything. What follows begins with field 3, and the start is field 22.
 */
const script = `
trap '' HUP INT QUIT TERM PIPE USR1 USR2 ALRM TSTP
while read -r change group start; do
  case $change in
    +) eval "group$group=$start" ;;
    -) unset "group$group" ;;
  esac
done
set | while IFS== read -r name start; do
  group=\${name#group}
  case $group in '' | *[!0-9]*) continue ;; esac
  start=\${start#\\'}
  start=\${start%\\'}
  stat=
  while read -r line; do stat=$line; done < "/proc/$group/stat"
  if [ -n "$stat" ]; then
    set -- \${stat##*\\)}
    shift 19
    [ "$1" = "$start" ] || continue
  fi
  kill -KILL "-$group"
done
`;

export class Watcher {
  readonly #groups: ReadonlyMap<number, string>;
  readonly #log: Log;
  readonly #program: string;
  #shell: ChildProcess | undefined;
  #startedAt = 0;
  /** Why it was lost, as it was logged; until one has lived for a while. */
  #told: string | undefined;
  /** Until it is told that groups are empty, or started again. */
  #timer: NodeJS.Timeout | undefined;
  /** Lines about empty groups. */
  #untold = '';
  #closed = false;

  /**
   * `groups`: those to watch, each with the start of its first process, in ticks since the boot.
   * `program`: a shell as of POSIX.
   */
  constructor(groups: ReadonlyMap<number, string>, log: Log, program = '/bin/sh') {
    this.#groups = groups;
    this.#log = log;
    this.#program = program;
  }

  /** The number of its process while it runs. */
  get pid(): number | undefined {
    return this.#shell?.pid;
  }

  /** A group is in `groups` now. The watcher knows it when this returns. */
  added(group: number): void {
    if (this.#shell !== undefined) this.#tell(`+ ${group} ${this.#groups.get(group)}\n`);
    else if (this.#timer === undefined) this.#start();
  }

  /** A group is in `groups` no more. */
  removed(group: number): void {
    if (this.#shell === undefined) return;
    this.#untold += `- ${group}\n`;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#tell('');
    }, forgetMs).unref();
  }

  /** Lets it kill what is left, and end. Resolves when it has. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    const shell = this.#shell;
    if (shell === undefined) return;
    const ended = new Promise<void>((resolve) => shell.once('exit', () => resolve()));
    this.#tell('');
    shell.stdin?.end();
    shell.ref();
    const timer = setTimeout(() => shell.kill('SIGKILL'), endMs);
    await ended;
    clearTimeout(timer);
  }

  #start(): void {
    this.#startedAt = performance.now();
    if (!hasDescriptors()) {
      this.#tellLoss('too few descriptors are free');
      this.#lost();
      return;
    }
    const shell = spawn(this.#program, ['-c', script, 'circuit-watcher'], {
      cwd: '/',
      env: {},
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    shell.on('error', ({ message }) => this.#tellLoss(message));
    shell.stdin?.on('error', () => {});
    if (shell.pid === undefined) {
      this.#lost();
      return;
    }
    this.#shell = shell;
    shell.once('exit', (code, signal) => {
      if (performance.now() - this.#startedAt >= livesMs) this.#told = undefined;
      this.#tellLoss(`it ended: ${signal ?? code}`);
      this.#lost();
    });
    shell.unref();
    (shell.stdin as Socket).unref();
    let all = '';
    for (const [group, start] of this.#groups) all += `+ ${group} ${start}\n`;
    this.#tell(all);
  }

  #tell(lines: string): void {
    const stdin = this.#shell?.stdin;
    if (!stdin?.writable) return;
    stdin.write(this.#untold + lines);
    this.#untold = '';
    if (stdin.writableLength > untoldBytesMax) this.#shell?.kill('SIGKILL');
  }

  /** Once for each reason: what keeps one from running does so every second. */
  #tellLoss(reason: string): void {
    if (this.#closed || reason === this.#told) return;
    this.#told = reason;
    this.#log.write('warn', 'watcher-lost', { groups: this.#groups.size, reason });
  }

  #lost(): void {
    this.#shell = undefined;
    this.#untold = '';
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#closed) return;
    const wait = this.#startedAt + livesMs - performance.now();
    if (wait <= 0) this.#startAgain();
    else this.#timer = setTimeout(() => this.#startAgain(), wait).unref();
  }

  #startAgain(): void {
    this.#timer = undefined;
    if (this.#groups.size > 0) this.#start();
  }
}
