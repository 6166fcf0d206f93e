import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { install } from '@sinonjs/fake-timers';
import Docker from 'dockerode';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ContainerCommand, ContainerEvents } from '../../../src/host/index.ts';
import { limits } from '../../../src/limits.ts';
import { ContainerEngine, refusalOf } from '../../../transport/container-engine.ts';
import { ownerLabel, ownerOfOurs } from '../../../transport/container-owner.ts';
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
    const watch = engine.watch('a').catch((error: Error) => error);
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
    const engine = {
      create: () => Promise.reject(new Error('no')),
      remove: () => Promise.resolve(),
    } as unknown as ContainerEngine;
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

let engines = 0;

/** An engine that answers so. */
async function engineThat(answers: RequestListener): Promise<ContainerEngine> {
  const socketPath = join(tmpdir(), `circuit-fake-engine-${process.pid}-${++engines}.sock`);
  const server = createServer(answers);
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return new ContainerEngine(new Docker({ socketPath, timeout: 0 }));
}

function saying(text: string, status = 200) {
  return engineThat((_request, response) => response.writeHead(status).end(text));
}

describe('an engine that answers strangely', () => {
  test('an answer that is too long is none', async () => {
    const state = (bytes: number) => `{"Id":"${'a'.repeat(bytes - 9)}"}`;
    const most = await saying(state(limits.engineAnswerBytesMax));
    expect(Object.keys(await most.inspect('a'))).toEqual(['Id']);
    const more = await saying(state(limits.engineAnswerBytesMax + 1));
    await expect(more.inspect('a')).rejects.toThrow('too long');
  });

  test('one that is cut off is none, and is not waited for', async () => {
    const engine = await engineThat((_request, response) => {
      response.writeHead(200, { 'Content-Length': 100 }).write('{"Id":', () => response.destroy());
    });
    await expect(engine.inspect('a')).rejects.toThrow('cut off');
  });

  test('a container that may have been made is removed', async () => {
    const removed = Promise.withResolvers<string>();
    const engine = await engineThat(({ method, url = '' }, response) => {
      if (method === 'DELETE') {
        removed.resolve(url);
        response.writeHead(204).end();
      } else {
        response.writeHead(201, { 'Content-Length': 100 });
        response.write('{"Id":', () => response.destroy());
      }
    });
    const containers = new NodeContainers(engine);
    const failed = Promise.withResolvers<string>();
    const told = { failed: failed.resolve } as unknown as ContainerEvents;
    containers.run(
      { image: 'a', volumes: [], args: [], env: [] } as unknown as ContainerCommand,
      told,
    );
    expect(await removed.promise).toMatch(/^\/containers\/via-circuit-[0-9a-f]{16}\?/);
    expect(await failed.promise).toContain('cut off');
    expect(containers.left).toBe(0);
    containers.close();
  });

  test.each(['[]', '7', 'null', '"text"', 'text', ''])('%s is not a state', async (text) => {
    const engine = await saying(text);
    await expect(engine.inspect('a')).rejects.toThrow('not the state of a container');
  });

  test('the reason for a refusal is text, or the status', async () => {
    const told = async (text: string) => {
      const engine = await saying(text, 409);
      return refusalOf(await engine.kill('a', 'TERM').catch((error: Error) => error));
    };
    const idle = (reason: string) => ({ type: 'idle', reason });
    expect(await told('{"message":"it does not run"}')).toEqual(idle('it does not run'));
    expect(await told('in words\n')).toEqual(idle('in words'));
    for (const strange of ['{"message":{"toString":1}}', '[]', '', 'null']) {
      expect(await told(strange)).toEqual(idle('it answers with status 409'));
    }
  });

  test('a connection that does not become a stream is refused', async () => {
    const engine = await saying('{"message":"no streams here"}');
    for (const output of ['stdout', 'stderr'] as const) {
      await expect(engine.attach('a', output)).rejects.toThrow('no streams here');
    }
  });

  test('an exit code that is no number is as if the engine were gone', async () => {
    for (const text of ['{"StatusCode":"1"}', '{"StatusCode":1.5}', '{}', 'null', 'text', '']) {
      const engine = await saying(text);
      const watch = await engine.watch('a');
      expect(await watch.ended).toBe(undefined);
    }
    const engine = await saying('{"StatusCode":137}');
    const watch = await engine.watch('a');
    expect(await watch.ended).toBe(137);
  });
});

describe('what servers that are gone have left', () => {
  const ours = ownerOfOurs() as string;
  const gone = ours.replace(/\d+$/, (start) => `${Number(start) - 1}`);
  const list = [
    { Names: ['/via-circuit-0000000000000001'], Labels: { [ownerLabel]: gone } },
    { Names: ['/via-circuit-0000000000000002'], Labels: { [ownerLabel]: ours } },
    { Names: ['/via-circuit-0000000000000003'], Labels: { [ownerLabel]: '' } },
    // Somebody ran an image that was made of a container of ours.
    { Names: ['/database'], Labels: { [ownerLabel]: gone } },
  ];

  test('is removed, and no container of anybody else', async () => {
    const removed: string[] = [];
    const engine = await engineThat(({ method, url = '' }, response) => {
      if (method === 'DELETE') removed.push(url.split('?')[0] as string);
      response.end(method === 'DELETE' ? '' : JSON.stringify(list));
    });
    expect(await engine.removeLeft()).toEqual(['via-circuit-0000000000000001']);
    expect(removed).toEqual(['/containers/via-circuit-0000000000000001']);
  });

  test('is told by a label, which is empty where a container may outlive its server', async () => {
    const command = { image: 'a', args: [], volumes: [] } as unknown as ContainerCommand;
    const labels: unknown[] = [];
    const engine = await engineThat(async (request, response) => {
      const body = JSON.parse((await request.toArray()).join(''));
      labels.push(body.Labels);
      response.writeHead(201).end('{}');
    });
    await engine.create('a', command, ours);
    await engine.create('a', command, undefined);
    expect(labels).toEqual([{ [ownerLabel]: ours }, { [ownerLabel]: '' }]);
  });
});
