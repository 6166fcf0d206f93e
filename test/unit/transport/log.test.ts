import { expect, test } from 'vitest';
import { JsonLog } from '../../../transport/log.ts';

function logged(write: (log: JsonLog) => void): Record<string, unknown>[] {
  let text = '';
  write(new JsonLog({ write: (line) => (text += line) }, 'info'));
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

test('a line is an object with time, level, event and the fields', () => {
  const [line] = logged((log) => log.write('warn', 'joined', { member: 'X1', count: 2 }));
  expect(line).toMatchObject({ level: 'warn', event: 'joined', member: 'X1', count: 2 });
  expect(Number.isNaN(Date.parse(String(line?.['time'])))).toBe(false);
  expect(Object.keys(line ?? {}).slice(0, 3)).toEqual(['time', 'level', 'event']);
});

test('what is less serious than asked for is left out', () => {
  const lines = logged((log) => {
    log.write('debug', 'a');
    log.write('info', 'b');
    log.write('error', 'c');
  });
  expect(lines.map((line) => line['event'])).toEqual(['b', 'c']);
});

test('fields cannot pass for our own, nor for a second line', () => {
  const lines = logged((log) =>
    log.write('info', 'a\nb', { event: 'forged', text: '\n{"x":1}\n' }),
  );
  expect(lines).toHaveLength(1);
  expect(lines[0]?.['event']).toBe('a\nb');
});

test('errors and large integers are told as text', () => {
  const [line] = logged((log) => log.write('error', 'a', { error: new Error('broken'), big: 5n }));
  expect(line?.['error']).toContain('broken');
  expect(line?.['big']).toBe('5');
});

test('what JSON cannot hold costs the fields and not the line', () => {
  const cyclic: Record<string, unknown> = {};
  cyclic['self'] = cyclic;
  const [line] = logged((log) => log.write('error', 'a', cyclic));
  expect(line).toMatchObject({ level: 'error', event: 'a' });
});

test('a sink that is broken does no harm', () => {
  const log = new JsonLog(
    {
      write() {
        throw new Error('gone');
      },
    },
    'debug',
  );
  expect(log.write('error', 'a')).toBe(undefined);
});
