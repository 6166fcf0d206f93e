import { install } from '@sinonjs/fake-timers';
import type Docker from 'dockerode';
import { expect, test } from 'vitest';
import type { ContainerCommand, ContainerEvents } from '../../../src/host/index.ts';
import { ContainerEngine } from '../../../transport/container-engine.ts';
import { NodeContainers } from '../../../transport/containers.ts';

test('a watch that the engine does not begin in time is taken back', async () => {
  const timers = install({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    let asked: AbortSignal | undefined;
    const modem = {
      dial(request: { readonly abortSignal: AbortSignal }, done: (error: Error) => void) {
        asked = request.abortSignal;
        asked.addEventListener('abort', () => done(new Error('aborted')));
      },
    };
    const engine = new ContainerEngine({ modem } as unknown as Docker);
    const watch = engine.watch({ id: 'a' } as Docker.Container).catch((error: Error) => error);
    timers.tick(60_000 - 1);
    expect(asked?.aborted).toBe(false);
    timers.tick(1);
    expect(asked?.aborted).toBe(true);
    expect(await watch).toMatchObject({ message: 'no answer within 60 s' });
    expect(timers.countTimers()).toBe(0);
  } finally {
    timers.uninstall();
  }
});

test('containers are looked after as long as there are any', async () => {
  const timers = install({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const engine = { create: () => Promise.reject(new Error('no')) } as unknown as ContainerEngine;
    const containers = new NodeContainers(engine);
    for (let i = 0; i < 2; i++) {
      const events = Promise.withResolvers<string>();
      const told = { failed: events.resolve } as unknown as ContainerEvents;
      containers.run({ image: 'a' } as ContainerCommand, told);
      expect(timers.countTimers()).toBe(1);
      expect(await events.promise).toBe('no');
      await new Promise(setImmediate);
      timers.tick(400);
      expect(timers.countTimers()).toBe(0);
    }
  } finally {
    timers.uninstall();
  }
});
