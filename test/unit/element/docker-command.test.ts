import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  containerOf,
  type DockerCommand,
  parseDockerCommand,
  warningOf,
} from '../../../src/element/docker-command.ts';
import { CircuitError } from '../../../src/errors.ts';

const least: DockerCommand = {
  Image: 'x',
  Memory: 0,
  CpuShares: 0,
  Lxc: null,
  Volume: null,
  Dir: '',
  Entry: '',
  Env: null,
  Path: '',
  Args: null,
  Scrub: false,
};

test('an image alone is a container, as the image says', () => {
  expect(parseDockerCommand({ Image: 'x' })).toEqual(least);
  expect(containerOf(least)).toEqual({
    image: 'x',
    memoryBytes: undefined,
    cpuShares: undefined,
    volumes: [],
    dir: undefined,
    entry: undefined,
    env: [],
    path: undefined,
    args: [],
  });
});

test('field names may be of any case, and null is as good as absent', () => {
  const command = parseDockerCommand({ iMAGE: 'x', memory: 5, cpuSHARES: null, env: null });
  expect(command).toEqual({ ...least, Memory: 5 });
});

test.each([
  [null, 'JSON object'],
  [[], 'JSON object'],
  [{}, 'Image names an image'],
  [{ Image: 5 }, 'Image is a string'],
  [{ Image: 'x', Cmd: [] }, '"Cmd"'],
  [{ Image: 'x', Memory: 1.5 }, 'Memory is a whole number'],
  [{ Image: 'x', Memory: -1 }, 'Memory is a whole number'],
  [{ Image: 'x', CpuShares: 262_145 }, 'from 0 to 262144'],
  [{ Image: 'x', Lxc: 'a' }, 'Lxc is a list'],
  [{ Image: 'x', Volume: ['a:b:c:d'] }, 'Volume'],
  [{ Image: 'x', Volume: ['/a:b'] }, 'Volume'],
  [{ Image: 'x', Volume: [':/b'] }, 'Volume'],
  [{ Image: 'x', Volume: [''] }, 'Volume'],
  [{ Image: 'x', Env: ['A'] }, 'KEY=VALUE'],
  [{ Image: 'x\0' }, 'zero byte'],
  [{ Image: 'x', Scrub: 1 }, 'true or false'],
])('%j is refused with a sentence that says why', (json, why) => {
  expect(() => parseDockerCommand(json)).toThrow(why);
});

test('Lxc has no effect, and that is said', () => {
  expect(warningOf({ ...least, Lxc: ['a=b'] })).toContain('Lxc');
  expect(warningOf({ ...least, Lxc: [] })).toBe(undefined);
  expect(warningOf(least)).toBe(undefined);
});

test('whatever it is given, it gives a command, which stays the same, or BAD_ARGUMENT', () => {
  const texts = fc.oneof(fc.array(fc.string()), fc.anything());
  const likely = fc.record(
    {
      Image: fc.oneof(fc.constant('x'), fc.anything()),
      Memory: fc.oneof(fc.nat(), fc.anything()),
      CpuShares: fc.oneof(fc.nat(), fc.anything()),
      Volume: fc.oneof(fc.array(fc.constantFrom('/a', '/a:/b', 'a:/b:ro', 'a')), texts),
      Lxc: texts,
      Env: texts,
      Path: fc.oneof(fc.string(), fc.anything()),
      Args: texts,
    },
    { requiredKeys: ['Image'] },
  );
  fc.assert(
    fc.property(fc.oneof(likely, fc.anything()), (json) => {
      try {
        const command = parseDockerCommand(json);
        expect(parseDockerCommand(command)).toEqual(command);
      } catch (error) {
        expect(error).toBeInstanceOf(CircuitError);
        expect((error as CircuitError).code).toBe('BAD_ARGUMENT');
      }
    }),
  );
});
