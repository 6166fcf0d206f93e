/** Junk from outside: it does no harm, it is data like other faults, and bugs that it finds. */

import { describe, expect, test } from 'vitest';
import { inMacrotask, runPromises } from '../../cli/macrotask.ts';
import { resolveDoors } from '../../cli/resolve.ts';
import { SimClock } from '../../sim/clock.ts';
import {
  describeIncident,
  type Incident,
  junkFrom,
  play,
  ScenarioError,
  SECOND,
  SimRandom,
  scenario,
  unharmed,
} from '../../sim/index.ts';
import { assert } from '../../src/assert.ts';
import { limits } from '../../src/limits.ts';
import type { Member } from '../../src/membership/member.ts';
import { decodeDatagram } from '../../src/membership/message.ts';
import { Call } from '../../src/rpc/call.ts';
import { MS } from '../../src/time.ts';
import { broken, membershipMutant, patched } from '../support/mutants.ts';
import { simulate, told } from '../support/simulate.ts';

resolveDoors();
const { default: hostile } = await import('../../scenarios/hostile.ts');

const small = { seconds: 15, junk: 25 };

describe('junk changes no view, harms no operation and takes no memory for long', () => {
  test.each(['1', '2', '3', '4'])('with seed %s', async (seed) => {
    const report = await simulate(hostile, { seed, set: small });
    expect(report.ok, told(report)).toBe(true);
  });

  // In one of these, what was to be junk told a server to leave.
  test('with seed 15, in which frames of all kinds come after each other', async () => {
    const report = await simulate(hostile, { seed: '15' });
    expect(report.ok, told(report)).toBe(true);
  });

  test('also in floods, on a circuit of two', async () => {
    const set = { ...small, servers: 2, faults: 0, junk: 10, burst: 2_000 };
    const report = await simulate(hostile, { seed: '5', set });
    expect(report.ok, told(report)).toBe(true);
  });
});

const options = { hosts: ['n1', 'n2', 'n3'], attackers: 2, fromUs: 0, toUs: SECOND, incidents: 40 };

describe('junk is data', () => {
  test('that is the same for the same seed, and says what it is', () => {
    const drawn = junkFrom(new SimRandom('1'), options);
    expect(junkFrom(new SimRandom('1'), options)).toEqual(drawn);
    expect(JSON.parse(JSON.stringify(drawn))).toEqual(drawn);
    expect(drawn).toHaveLength(40);
    expect(describeIncident(drawn[0] as Incident)).toMatch(/s junk from a\d to n\d: \{"type"/);
  });

  test('that is played again as it was', async () => {
    const run = { seed: '7', set: small, drain: runPromises };
    const first = await inMacrotask(() => play(hostile, run));
    const schedule = first.incidents;
    const again = await inMacrotask(() => play(hostile, { ...run, schedule }));
    expect(again.incidents).toEqual(schedule);
    expect(again.report.hash).toBe(first.report.hash);
    const fewer = first.incidents.filter(({ type }) => type === 'junk').slice(0, 5);
    const less = await inMacrotask(() => play(hostile, { ...run, schedule: fewer }));
    expect(less.incidents).toEqual(fewer);
  });

  test.each([
    ['what is no way to make packets', { type: 'datagrams', how: 'none', spoofed: true }],
    ['what is no kind of junk', { type: 'lies' }],
    ['a connection without an end', { type: 'connections', how: 'silent' }],
  ])('that is refused where it has %s', async (_what, junk) => {
    const incident = { at: 0, type: 'junk', host: 'n1', from: 'a1', salt: 1 };
    const wrong = scenario({
      claim: 'it is refused',
      checks: [unharmed()],
      run: (cluster) =>
        cluster.play([{ ...incident, junk: { count: 1, everyUs: 0, ...junk } } as never]),
    });
    await expect(simulate(wrong, { seed: '1' })).rejects.toThrow(ScenarioError);
  });
});

/** The scenario as it is run here. */
const shortened = { ...hostile, parameters: { ...hostile.parameters, ...small, faults: 0 } };

/** Sixty that connect, and say nothing for a minute. */
const silent = scenario({
  claim: 'strangers are let go',
  checks: [unharmed({ connectionsMax: 12 })],
  async run(cluster) {
    await cluster.startMany(2);
    const junk = { type: 'connections', how: 'silent', count: 60, everyUs: 0 } as const;
    const incident = { type: 'junk', host: 'n1', from: 'a1', salt: 1 } as const;
    cluster.play([{ ...incident, at: cluster.now, junk: { ...junk, openUs: 60 * SECOND } }]);
    await cluster.sleep(20 * SECOND);
  },
});

describe('it finds', () => {
  test('a call that breaks when data comes after its end', async () => {
    const patches = [
      patched(Call, 'gotData', (gotData, self, bytes, end) => {
        assert(!self.complete, 'no data after the end');
        return gotData(bytes, end);
      }),
    ];
    expect(await broken(shortened, { patches }, ['1', '2', '3'])).toBe('assertion');
  });

  test('strangers that are never let go', async () => {
    const patience = limits.helloTimeoutMs * MS;
    const patches = [
      patched(SimClock, 'schedule', (schedule, self, at, task) =>
        at - self.now() === patience ? { cancel() {} } : schedule(at, task),
      ),
    ];
    expect(await broken(silent, {})).toBe('nothing is broken');
    expect(await broken(silent, { patches })).toBe('G11 unharmed');
  });

  test('a server that believes the source of a packet that makes no sense', async () => {
    const known = new Map<string, Member>();
    const forged: Member[] = [];
    const parts = membershipMutant({
      event: (event) => {
        if (event.type !== 'datagram' || decodeDatagram(event.bytes) !== undefined) return [event];
        const member = known.get(event.from);
        if (member !== undefined) forged.push(member);
        return [event];
      },
      effect: (effect) => {
        if (effect.type === 'joined') known.set(effect.member.address, effect.member);
        return [effect, ...forged.splice(0).map((member) => ({ type: 'left' as const, member }))];
      },
    });
    expect(await broken(shortened, { parts }, ['1', '2', '3'])).toBe('G2 accuracy');
  });

  test('a server that makes members of junk', async () => {
    const parts = membershipMutant({
      effect: (effect, self) => {
        if (effect.type !== 'joined' || ++self.count !== 4) return [effect];
        const member = { ...effect.member, id: 'Xffffffffffffffff' as never };
        return [effect, { type: 'joined', member }];
      },
    });
    expect(await broken(shortened, { parts }, ['1'])).toBe('G3 order');
  });
});
