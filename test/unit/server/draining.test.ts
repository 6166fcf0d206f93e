import { expect, test } from 'vitest';
import { drain } from '../../../src/server/draining.ts';
import { SECOND } from '../../../src/time.ts';
import { StillClock } from '../../support/calls.ts';

class Stage {
  readonly clock = new StillClock();
  /** Those that are not over. */
  calls: { readonly name: string; streamed: number }[] = [];
  readonly givenUp: string[] = [];
  overAt: number | undefined;

  begin(seconds: number): void {
    drain(this.clock, {
      until: this.clock.now() + seconds * SECOND,
      calls: () => [...this.calls],
      giveUp: (call) => {
        this.calls = this.calls.filter((each) => each !== call);
        this.givenUp.push(call.name);
      },
      over: () => {
        this.overAt = this.clock.now();
      },
    });
  }

  call(name: string, streamed: number) {
    const call = { name, streamed };
    this.calls.push(call);
    return call;
  }
}

test('with nothing under way it is over at once', () => {
  const stage = new Stage();
  stage.begin(5);
  expect(stage.overAt).toBe(0);
});

test('what merely waits is given up at once', () => {
  const stage = new Stage();
  stage.call('receive', 0);
  stage.begin(5);
  expect(stage.givenUp).toEqual(['receive']);
  expect(stage.overAt).toBe(0);
});

test('what moves goes on until it is over', () => {
  const stage = new Stage();
  const read = stage.call('read', 1);
  stage.begin(5);
  for (let i = 0; i < 30; i++) {
    read.streamed++;
    stage.clock.advance(SECOND / 10);
  }
  expect(stage.overAt).toBe(undefined);
  stage.calls = [];
  stage.clock.advance(SECOND / 10);
  expect(stage.overAt).toBeDefined();
  expect(stage.givenUp).toEqual([]);
});

test('what stands still for half a second waits as well, and no sooner', () => {
  const stage = new Stage();
  const read = stage.call('read', 1);
  stage.begin(5);
  stage.clock.advance(SECOND * 0.4);
  read.streamed++;
  stage.clock.advance(SECOND * 0.49);
  expect(stage.givenUp).toEqual([]);
  stage.clock.advance(SECOND * 0.1);
  expect(stage.givenUp).toEqual(['read']);
  expect(stage.overAt).toBeDefined();
});

test('after its bound it is over, whatever moves', () => {
  const stage = new Stage();
  const read = stage.call('read', 1);
  stage.begin(2);
  for (let i = 0; i < 50; i++) {
    read.streamed++;
    stage.clock.advance(SECOND / 10);
  }
  expect(stage.overAt).toBe(2 * SECOND);
  expect(stage.givenUp).toEqual([]);
});
