import { expect, test } from 'vitest';
import { DockerElement } from '../../../src/element/docker.ts';
import { parseDockerCommand } from '../../../src/element/docker-command.ts';
import type { Container, ContainerEvents } from '../../../src/host/index.ts';
import { Caller } from '../../support/calls.ts';

type Answer = Parameters<Container['inspect']>[0];

test('an answer of the engine that was overtaken by a later one changes nothing', () => {
  const asked: Answer[] = [];
  let events: ContainerEvents | undefined;
  const container = { inspect: (done: Answer) => void asked.push(done) } as unknown as Container;
  const containers = {
    run(_: unknown, on: ContainerEvents) {
      events = on;
      return container;
    },
    left: 0,
    terminate() {},
    kill() {},
  };
  const caller = new Caller();
  const told = { exited() {}, leaked() {} };
  let element: DockerElement | undefined;
  caller.call((call) => {
    element = new DockerElement(containers, parseDockerCommand({ Image: 'a' }), call, told);
    return {};
  });
  events?.started();
  events?.exited(3);
  const [early, late] = asked;
  late?.({ State: { Status: 'exited', Running: false } }, undefined);
  early?.({ State: { Status: 'running', Running: true } }, undefined);
  expect(element?.peek()).toEqual({ State: { Status: 'exited', Running: false, ExitCode: 3 } });
});
