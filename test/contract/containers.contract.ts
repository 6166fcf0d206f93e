import { describe, expect, test } from 'vitest';
import type {
  Container,
  ContainerCommand,
  ContainerEvents,
  Containers,
  EngineRefusal,
  Output,
} from '../../src/host/index.ts';

const KiB = 1024;
const MiB = 1024 * KiB;

/** What a suite about containers needs of its world. */
export interface ContainerWorld {
  readonly image: string;
  /** Commands of the image, as paths and arguments. */
  readonly programs: {
    readonly cat: readonly string[];
    readonly sleep: readonly string[];
    /** Says "ready" on standard output, and exits with 0 when it gets TERM. */
    readonly obedient: readonly string[];
    /** Writes "no" to standard error, then exits with 7. */
    readonly complain: readonly string[];
    /** Writes so many bytes to standard output, then exits with 3. */
    burst(bytes: number): readonly string[];
  };
  /** The containers of a host of its own, gone after the test. */
  open(): Promise<Containers>;
  /** Names of all containers of the engine that are ours, without a slash. */
  names(): Promise<readonly string[]>;
  /** As `docker rm -f` by somebody else. */
  removeFromOutside(name: string): Promise<void>;
  killFromOutside(name: string): Promise<void>;
  until(condition: () => boolean | Promise<boolean>): Promise<void>;
}

/** A container, and everything that happened to it. */
class Watched {
  readonly container: Container;
  readonly happened: string[] = [];
  readonly output = { stdout: '', stderr: '' };
  readonly codes: number[] = [];
  failure: string | undefined;
  reads: boolean;

  constructor(containers: Containers, command: Partial<ContainerCommand>, { reads = true } = {}) {
    this.reads = reads;
    let calling = true;
    const note = (event: string) => {
      expect(calling).toBe(false); // Never from within the call.
      this.happened.push(event);
    };
    const events: ContainerEvents = {
      started: () => note('started'),
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
      exited: (code) => {
        note('exited');
        this.codes.push(code);
      },
      lost: () => note('lost'),
    };
    this.container = containers.run({ ...plain, ...command } as ContainerCommand, events);
    calling = false;
  }

  has(event: string): boolean {
    return this.happened.includes(event);
  }

  readAll(output: Output): void {
    this.reads = true;
    for (;;) {
      const bytes = this.container.read(output, 10_000);
      if (bytes === undefined) return;
      expect(bytes.length).toBeGreaterThan(0);
      expect(bytes.length).toBeLessThanOrEqual(10_000);
      this.output[output] += new TextDecoder('latin1').decode(bytes);
    }
  }

  over(): boolean {
    return this.has('exited') && this.has('ended stdout') && this.has('ended stderr');
  }
}

const plain = {
  memoryBytes: undefined,
  cpuShares: undefined,
  volumes: [],
  dir: undefined,
  entry: undefined,
  env: [],
  path: undefined,
  args: [],
};

export function describeContainers(world: ContainerWorld): void {
  const { until, image, programs } = world;
  const run = (containers: Containers, words: readonly string[], options = {}) => {
    const [path, ...args] = words;
    return new Watched(containers, { image, path, args }, options);
  };
  const nameOf = async ({ container }: Watched) => {
    const { state } = await inspect(container);
    return (state as { Name: string }).Name.slice(1);
  };

  async function inspect(container: Container) {
    let answer: { state: object | undefined; refusal: EngineRefusal | undefined } | undefined;
    container.inspect((state, refusal) => {
      answer = { state, refusal };
    });
    expect(answer).toBe(undefined);
    await until(() => answer !== undefined);
    return answer as unknown as NonNullable<typeof answer>;
  }

  async function asked(ask: (done: (refusal: EngineRefusal | undefined) => void) => void) {
    let answer: { refusal: EngineRefusal | undefined } | undefined;
    ask((refusal) => {
      answer = { refusal };
    });
    expect(answer).toBe(undefined);
    await until(() => answer !== undefined);
    return answer?.refusal;
  }

  describe('containers', () => {
    test('a container starts, exits with its code, and its outputs end after that', async () => {
      const watched = run(await world.open(), programs.burst(5));
      await until(() => watched.over());
      expect(watched.happened[0]).toBe('started');
      expect(watched.codes).toEqual([3]);
      expect(watched.output.stdout.length).toBe(5);
      for (const output of ['stdout', 'stderr']) {
        const end = watched.happened.indexOf(`ended ${output}`);
        expect(end).toBeGreaterThan(watched.happened.indexOf('exited'));
      }
    });

    test('input arrives, and its end too; standard error is apart', async () => {
      const containers = await world.open();
      const cat = run(containers, programs.cat);
      await until(() => cat.has('started'));
      cat.container.write(new TextEncoder().encode('one '));
      await until(() => cat.output.stdout === 'one ');
      cat.container.write(new TextEncoder().encode('two'));
      cat.container.endStdin();
      await until(() => cat.over());
      expect(cat.output).toEqual({ stdout: 'one two', stderr: '' });
      expect(cat.codes).toEqual([0]);
      const complaining = run(containers, programs.complain);
      await until(() => complaining.over());
      expect(complaining.output).toEqual({ stdout: '', stderr: 'no' });
    });

    test('an image that is not there fails with what to do, and leaves nothing', async () => {
      const watched = new Watched(await world.open(), { image: 'circuit-test-nosuch' });
      await until(() => watched.has('failed'));
      expect(watched.failure).toBe(
        'no image circuit-test-nosuch on that host: docker pull circuit-test-nosuch',
      );
      expect((await inspect(watched.container)).refusal?.type).toBe('missing');
      expect(watched.happened).toEqual(['failed']);
    });

    test('a command that is not there fails, and leaves no container', async () => {
      const watched = run(await world.open(), ['/bin/nosuch']);
      await until(() => watched.has('failed'));
      expect(watched.failure).toContain('/bin/nosuch');
      expect(await world.names()).toEqual([]);
    });

    test('output that nobody reads holds the container back, and is all there later', async () => {
      const size = 32 * MiB;
      const containers = await world.open();
      const watched = run(containers, programs.burst(size), { reads: false });
      await until(() => watched.has('readable stdout'));
      // By the time that others came and went, it has written what it can.
      for (let i = 0; i < 3; i++) {
        const other = run(containers, programs.complain);
        await until(() => other.over());
      }
      expect(watched.has('exited')).toBe(false);
      watched.readAll('stdout');
      expect(watched.output.stdout.length).toBeLessThan(10 * MiB); // What was read ahead.
      await until(() => watched.over());
      expect(watched.output.stdout.length).toBe(size);
      expect(watched.codes).toEqual([3]);
    });

    test('a kill is seen as an exit though output is unread and input open', async () => {
      const watched = run(await world.open(), programs.burst(8 * MiB), { reads: false });
      await until(() => watched.has('readable stdout'));
      await asked((done) => watched.container.signal('KILL', done));
      await until(() => watched.has('exited'));
      expect(watched.codes).toEqual([137]);
      expect(watched.has('ended stdout')).toBe(false);
      watched.readAll('stdout');
      await until(() => watched.over());
    });

    test('the exit of one that has written just too much is seen with that unread', async () => {
      const size = 1_400 * KiB;
      const watched = run(await world.open(), programs.burst(size), { reads: false });
      // In virtual time there is no engine with buffers of its own between.
      await until(() => watched.has('readable stdout'));
      if (world.image.startsWith('circuit-test-busybox')) await until(() => watched.has('exited'));
      watched.readAll('stdout');
      await until(() => watched.over());
      expect(watched.output.stdout.length).toBe(size);
    });

    test('a signal reaches the first process, and one that has ended is idle', async () => {
      const watched = run(await world.open(), programs.sleep);
      await until(() => watched.has('started'));
      // The first process of a container has no default actions.
      expect(await asked((done) => watched.container.signal('USR1', done))).toBe(undefined);
      expect((await inspect(watched.container)).state).toMatchObject({ State: { Running: true } });
      expect(await asked((done) => watched.container.signal('KILL', done))).toBe(undefined);
      await until(() => watched.over());
      expect(watched.codes).toEqual([137]);
      const refusal = await asked((done) => watched.container.signal('TERM', done));
      expect(refusal?.type).toBe('idle');
    });

    test('inspect tells what it was made of, and how it ended', async () => {
      const watched = new Watched(await world.open(), {
        image,
        path: programs.sleep[0],
        args: programs.sleep.slice(1),
        env: ['A=b c'],
        dir: '/tmp',
        memoryBytes: 32 * MiB,
        cpuShares: 128,
      });
      await until(() => watched.has('started'));
      const running = await inspect(watched.container);
      expect(running.state).toMatchObject({
        Name: expect.stringMatching(/^\/via-circuit-[0-9a-f]{16}$/),
        State: { Status: 'running', Running: true },
        Config: { Image: image, WorkingDir: '/tmp' },
        HostConfig: { Memory: 32 * MiB, CpuShares: 128 },
      });
      const { Env } = (running.state as { Config: { Env: string[] } }).Config;
      expect(Env).toContain('A=b c');
      watched.container.signal('KILL', () => {});
      await until(() => watched.over());
      expect((await inspect(watched.container)).state).toMatchObject({
        State: { Status: 'exited', Running: false, ExitCode: 137 },
      });
    });

    test('remove kills what runs, and nothing more is heard of it', async () => {
      const watched = run(await world.open(), programs.burst(8 * MiB), { reads: false });
      await until(() => watched.has('readable stdout'));
      const before = watched.happened.length;
      expect(await asked((done) => watched.container.remove(done))).toBe(undefined);
      expect(await world.names()).toEqual([]);
      expect((await inspect(watched.container)).refusal?.type).toBe('missing');
      expect(await asked((done) => watched.container.remove(done))).toBe(undefined);
      expect(watched.happened.length).toBe(before);
    });

    test('one that is removed before it has started leaves nothing', async () => {
      const watched = run(await world.open(), programs.sleep);
      expect(await asked((done) => watched.container.remove(done))).toBe(undefined);
      await until(async () => (await world.names()).length === 0);
      expect(watched.happened).toEqual([]);
    });

    test('output of one that has exited is read to its end after it was removed', async () => {
      const size = 200 * KiB;
      const watched = run(await world.open(), programs.burst(size), { reads: false });
      await until(() => watched.has('readable stdout'));
      if (world.image.startsWith('circuit-test-busybox')) {
        await until(() => watched.has('exited'));
        expect(await asked((done) => watched.container.remove(done))).toBe(undefined);
      }
      watched.readAll('stdout');
      await until(() => watched.over());
      expect(watched.output.stdout.length).toBe(size);
    });

    test('a kill from outside is an exit, and a removal from outside too', async () => {
      const containers = await world.open();
      const killed = run(containers, programs.sleep);
      const removed = run(containers, programs.sleep);
      await until(() => killed.has('started') && removed.has('started'));
      const name = await nameOf(removed);
      await world.killFromOutside(await nameOf(killed));
      await until(() => killed.over());
      expect(killed.codes).toEqual([137]);
      await world.removeFromOutside(name);
      await until(() => removed.over());
      expect(removed.codes).toEqual([137]);
      await until(async () => (await inspect(removed.container)).refusal?.type === 'missing');
    });

    test('asked to end, those that obey are removed, and by force so are all', async () => {
      const containers = await world.open();
      expect(containers.left).toBe(0);
      const ended = run(containers, programs.complain);
      const obedient = run(containers, programs.obedient);
      const stubborn = run(containers, programs.sleep);
      await until(() => ended.has('exited') && stubborn.has('started'));
      await until(() => obedient.output.stdout === 'ready\n');
      const name = await nameOf(stubborn);
      expect(containers.left).toBe(3);
      containers.terminate();
      await until(() => containers.left === 1);
      expect(obedient.codes).toEqual([0]);
      expect(await world.names()).toEqual([name]);
      containers.kill();
      await until(() => containers.left === 0);
      expect(await world.names()).toEqual([]);
    });

    test('one that could not be started, or was removed, is not left', async () => {
      const containers = await world.open();
      const failed = run(containers, ['/no/such/program']);
      const removed = run(containers, programs.sleep);
      await until(() => failed.failure !== undefined && removed.has('started'));
      expect(containers.left).toBe(1);
      expect(await asked((done) => removed.container.remove(done))).toBe(undefined);
      expect(containers.left).toBe(0);
    });

    test('a released container runs on, and is heard of no more', async () => {
      const watched = run(await world.open(), programs.sleep);
      await until(() => watched.has('started'));
      const name = await nameOf(watched);
      const before = watched.happened.length;
      watched.container.release();
      watched.container.release();
      expect(watched.container.read('stdout', 1)).toBe(undefined);
      expect((await inspect(watched.container)).state).toMatchObject({ State: { Running: true } });
      expect(await world.names()).toEqual([name]);
      expect(watched.happened.length).toBe(before);
    });
  });
}
