import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inMacrotask, runPromises } from '../../../cli/macrotask.ts';
import type { Request, Run } from '../../../cli/sim/request.ts';
import { filterOf } from '../../../cli/sim/trace/filter.ts';
import type { TraceHeader, TraceRecord } from '../../../cli/sim/trace/format.ts';
import { openTrace } from '../../../cli/sim/trace/reading.ts';
import { Recording } from '../../../cli/sim/trace/recording.ts';
import { whatLed } from '../../../cli/sim/trace/slice.ts';
import { type Heard, newsLines, newsOf } from '../../../cli/sim/trace/told-tree.ts';
import { completeness, order, play, type Scenario, SECOND, scenario } from '../../../sim/index.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'circuit-traces-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Six servers, one of which crashes, unnoticed for longer than is allowed. */
const crash = scenario({
  claim: 'a crash is told within 10 us',
  checks: [completeness({ crash: 10, dark: 10, leave: 10, darkEarliest: 0 }), order()],
  async run(cluster) {
    await cluster.startMany(6);
    cluster.play([
      { at: 2 * SECOND, type: 'pause', host: 'n3', forUs: SECOND },
      { at: 5 * SECOND, type: 'crash', host: 'n4' },
      { at: 90 * SECOND, type: 'crash', host: 'n5' },
    ]);
    await cluster.sleep(100 * SECOND);
  },
});

async function recorded(scene: Scenario, name: string, bytesMax?: number) {
  const recording = new Recording(bytesMax);
  const events: string[] = [];
  const sink = {
    event: (...numbers: number[]) => {
      events.push(numbers.join());
      recording.event(...(numbers as [number, number, number, number, number]));
    },
    note: recording.note.bind(recording),
    told: recording.told.bind(recording),
  };
  const played = await inMacrotask(() => play(scene, { seed: '1', drain: runPromises, sink }));
  const file = join(folder, name);
  const run = { ...played, trace: played.world.trace, history: { seed: '1' }, seconds: 1 };
  const request = { typed: 'crash.ts', file: '/crash.ts', scenario: scene, set: {}, goals: false };
  recording.write(file, request as unknown as Request, run as unknown as Run);
  return { file, events, report: played.report };
}

async function all(file: string): Promise<{ header: TraceHeader; records: TraceRecord[] }> {
  const { header, records } = await openTrace(file);
  const read: TraceRecord[] = [];
  for await (const record of records) read.push(record);
  return { header, records: read };
}

describe('a trace file', () => {
  test('has every event, and says what the run was', async () => {
    const { file, events, report } = await recorded(crash, 'whole.gz');
    const { header, records } = await all(file);
    expect(header).toMatchObject({
      seed: '1',
      hash: report.hash,
      events: events.length,
      fromUs: 0,
    });
    expect(header.hosts.slice(0, 3)).toEqual(['world', 'n1', 'n2']);
    expect(header.incidents).toHaveLength(3);
    expect(header.violations[0]?.guarantee).toBe('G1 completeness');
    const read = records.flatMap((each) =>
      each.type === 'event' ? [[each.at, each.actor, each.kind, each.a, each.b].join()] : [],
    );
    expect(read).toEqual(events);
  });

  test('of a run that is too long has its end, and says since when', async () => {
    const long = scenario({
      claim: 'servers live long',
      checks: [order()],
      async run(cluster) {
        await cluster.startMany(20);
        await cluster.sleep(600 * SECOND);
      },
    });
    const { file, events } = await recorded(long, 'long.gz', 30_000);
    const { header, records } = await all(file);
    expect(header.fromUs).toBeGreaterThan(0);
    const read = records.filter(({ type }) => type === 'event');
    expect(read.length).toBeLessThan(events.length);
    const [last] = read.slice(-1) as { at: number }[];
    expect(events.at(-1)).toMatch(new RegExp(`^${last?.at},`));
    for (const { at } of records) expect(at).toBeGreaterThanOrEqual(header.fromUs);
  });

  const header = { format: 'circuit trace', version: 1 };
  test.each([
    ['plain text', Buffer.from('hello'), 'is no trace'],
    ['nothing', Buffer.alloc(0), 'is no trace'],
    ['other gzip', gzipSync('hello\n'), 'is no trace'],
    ['empty gzip', gzipSync(''), 'is no trace'],
    ['another version', gzipSync(`${JSON.stringify({ ...header, version: 9 })}\n`), 'version 9'],
    ['a half', gzipSync(`${JSON.stringify(header)}\n["e",1,1,1,1,1]\n`).subarray(0, -9), 'damaged'],
    ['another line', gzipSync(`${JSON.stringify(header)}\n["x"]\n`), ':2 is no line of a trace'],
  ])('that is %s is refused with a sentence', async (name, bytes, message) => {
    const file = join(folder, name.replaceAll(' ', '-'));
    await writeFile(file, bytes);
    await expect(all(file)).rejects.toMatchObject({ code: 'BAD_ARGUMENT' });
    await expect(all(file)).rejects.toThrow(message);
  });
});

describe('of a trace', () => {
  test('what led to a violation is what has to do with the servers that it names', async () => {
    const { header, records } = await openTrace((await recorded(crash, 'led.gz')).file);
    const subject = /still tells of (\S+)/.exec(header.violations[0]?.message ?? '')?.[1];
    const observer = header.violations[0]?.message.split(' ')[0] as string;
    const led = await whatLed(header, records);
    expect(subject).toBe('n4');
    expect(led.join('\n')).toContain('* crash n4');
    expect(led.join('\n')).toContain('n4 ends: crash');
    expect(led.at(-1)).toContain(`${observer} `);
    expect(led.at(-1)).toContain('has not told since 5.000 s that n4 has left');
    expect(led.join('\n')).not.toContain('n5');
    const times = led.map((line) => Number(line.slice(0, 14)));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(led.length).toBeLessThan(60);
  });

  test('a violation that names no server is led to by what anybody told last', async () => {
    const { header, records } = await openTrace((await recorded(crash, 'nobody.gz')).file);
    const [violation] = header.violations;
    const nameless = [{ ...violation, message: 'nothing adds up' }] as typeof header.violations;
    const led = (await whatLed({ ...header, violations: nameless }, records)).join('\n');
    expect(led).toContain('* crash n4');
    expect(led).toContain('* pause n3');
    expect(led).toContain('tells that');
  });

  test('what nobody broke has no cause', async () => {
    const { header, records } = await openTrace((await recorded(crash, 'none.gz')).file);
    expect(await whatLed({ ...header, violations: [] }, records)).toEqual([]);
  });

  test('one server sees its own events, and what is about nobody', async () => {
    const { header, records } = await all((await recorded(crash, 'one.gz')).file);
    const wanted = { servers: ['n3'], kinds: [], fromUs: SECOND, toUs: 5 * SECOND };
    const seen = records.filter(filterOf(header, wanted));
    expect(seen.length).toBeGreaterThan(5);
    for (const each of seen) {
      expect(each.at).toBeGreaterThanOrEqual(SECOND);
      expect(each.at).toBeLessThanOrEqual(5 * SECOND);
      if (each.type === 'event') expect(header.hosts[each.actor]).toBe('n3');
    }
    expect(() => filterOf(header, { ...wanted, servers: ['n77'] })).toThrow('no host "n77"');
    expect(() => filterOf(header, { ...wanted, kinds: ['telegram'] })).toThrow('--kind telegram');
  });

  test('the tree of who told whom has everybody who heard of it, once', async () => {
    const calm = scenario({
      claim: 'all hear of the last one',
      checks: [order()],
      async run(cluster) {
        await cluster.startMany(9);
        await cluster.sleep(5 * SECOND);
      },
    });
    const { file } = await recorded(calm, 'tree.gz');
    const { header, records } = await openTrace(file);
    const [joined, ...others] = await newsOf('n9', header, records);
    expect(others).toEqual([]);
    expect(joined).toMatchObject({ subject: 'n9', start: 1, change: 'joined' });
    const names: string[] = [];
    const walk = ({ server, at, told }: Heard) => {
      names.push(server);
      for (const each of told) {
        expect(each.at).toBeGreaterThanOrEqual(at);
        expect(each.from).toBe(server);
        walk(each);
      }
    };
    for (const root of joined?.roots ?? []) walk(root);
    expect(names.sort()).toEqual(['n1', 'n2', 'n3', 'n4', 'n5', 'n6', 'n7', 'n8']);
    expect(newsLines(joined as NonNullable<typeof joined>)).toHaveLength(9);
    const id = /n9 starts as (\S+)/.exec(
      (await all(file)).records.map((each) => (each.type === 'note' ? each.text : '')).join('\n'),
    )?.[1] as string;
    const again = await openTrace(file);
    expect(await newsOf(id, again.header, again.records)).toEqual([joined]);
    const third = await openTrace(file);
    await expect(newsOf('n99', third.header, third.records)).rejects.toThrow('no such host');
  });
});
