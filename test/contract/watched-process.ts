import { expect } from 'vitest';
import type { Child, ChildEvents, ExitStatus, Host, Output } from '../../src/host/index.ts';
import type { Program } from './worlds.ts';

/** A process, and everything that happened to it. */
export class Watched {
  readonly child: Child;
  readonly happened: string[] = [];
  readonly status: ExitStatus[] = [];
  readonly output = { stdout: '', stderr: '' };
  /** Whether we read what there is to read as soon as we hear of it. */
  reads: boolean;
  failure: string | undefined;
  pid: number | undefined;

  constructor(host: Host, program: Program, { reads = true } = {}) {
    this.reads = reads;
    let calling = true;
    const note = (event: string) => {
      expect(calling).toBe(false); // Never from within the call.
      this.happened.push(event);
    };
    const events: ChildEvents = {
      started: (pid) => {
        note('started');
        this.pid = pid;
      },
      failed: (reason) => {
        note('failed');
        this.failure = reason;
      },
      readable: (output) => {
        note(`readable ${output}`);
        if (this.reads) this.readAll(output);
      },
      ended: (output) => note(`ended ${output}`),
      drained: () => note('drained'),
      stdinClosed: () => note('stdinClosed'),
      exited: (status) => {
        note('exited');
        this.status.push(status);
      },
    };
    this.child = host.spawner.spawn({ ...program, dir: undefined, env: undefined }, events);
    calling = false;
  }

  has(event: string): boolean {
    return this.happened.includes(event);
  }

  count(event: string): number {
    return this.happened.filter((one) => one === event).length;
  }

  /** Reads until there is nothing now, and from then on. */
  readAll(output: Output): void {
    this.reads = true;
    for (;;) {
      const bytes = this.child.read(output, 10_000);
      if (bytes === undefined) return;
      expect(bytes.length).toBeGreaterThan(0);
      expect(bytes.length).toBeLessThanOrEqual(10_000);
      this.output[output] += new TextDecoder('latin1').decode(bytes);
    }
  }

  /** Nothing more can happen to it. */
  over(): boolean {
    return this.has('exited') && this.has('ended stdout') && this.has('ended stderr');
  }
}
