/** One case, from the first server to its figures. */

import { Arena, type Sample } from './arena.ts';
import type { Case, Goals } from './cases.ts';
import type { Done, HonestWork } from './honest.ts';

/** One figure, and what was demanded of it. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** What one case came to. */
export interface Outcome {
  readonly name: string;
  readonly what: string;
  readonly seed: string;
  readonly commit: string;
  /** ISO 8601. */
  readonly date: string;
  /** Seconds of each phase, and how many there were with the attack, and as many without. */
  readonly phaseSeconds: number;
  readonly phases: number;
  readonly figures: readonly Figure[];
  /** What the attacker did, and how the server counted it. */
  readonly attacked: Readonly<Record<string, number>>;
  readonly counted: Readonly<Record<string, number>>;
  /** What honest clients met, each once. */
  readonly errors: readonly string[];
  readonly samples: readonly Sample[];
  /** Why it broke off. */
  readonly failure?: string;
}

/** How long, and with which chance. */
export interface Plan {
  readonly seed: string;
  readonly commit: string;
  readonly phaseSeconds: number;
  readonly phases: number;
  readonly warmSeconds: number;
  readonly keyFile: string | undefined;
  readonly say: (what: string) => void;
}

/** So long the servers may take to let go of what the attacker held. */
const releaseSeconds = 12;
/** Descriptors that may be open besides: sessions with the other servers come and go. */
const keptMax = 8;

export async function measure(which: Case, plan: Plan): Promise<Outcome> {
  const { say, phases, phaseSeconds, warmSeconds } = plan;
  const quiet: HonestWork[] = [];
  const under: HonestWork[] = [];
  say('the servers start');
  await using arena = await Arena.open(which, plan);
  say('warming up');
  // The attack as well: what it needs once, such as code that is compiled, is no growth.
  await arena.phase(warmSeconds, false);
  const first = arena.samples.at(-1)?.mib ?? Number.NaN;
  await arena.phase(warmSeconds, true);
  await arena.phase(warmSeconds, false);
  arena.settled();
  const before = await arena.peeked();
  const files = arena.samples.at(-1)?.descriptors ?? 0;
  const lines = arena.logLines();
  const did = await arena.attacks();
  const from = arena.samples.length;
  for (let phase = 1; phase <= phases; phase++) {
    say(`phase ${phase} of ${phases}, without`);
    quiet.push(await arena.phase(phaseSeconds, false));
    say(`phase ${phase} of ${phases}, attacked`);
    under.push(await arena.phase(phaseSeconds, true));
  }
  const attacked = difference(await arena.attacks(), did);
  say('what it held is let go');
  const kept = () => (arena.samples.at(-1)?.descriptors ?? 0) > files + keptMax;
  for (let waited = 0; waited === 0 || (kept() && waited < releaseSeconds); waited++) {
    await arena.phase(1, false);
  }
  const after = await arena.peeked();
  const samples = arena.samples.slice(from);
  const descriptors = median(samples.slice(-4).map((each) => each.descriptors)) - files;
  return {
    ...{ name: which.name, what: which.what, seed: plan.seed, commit: plan.commit },
    date: new Date().toISOString(),
    ...{ phaseSeconds, phases },
    figures: [
      { name: 'view changes', value: arena.viewChanges(), unit: '', atMost: 0 },
      { name: 'servers that crashed', value: arena.crashed(), unit: '', atMost: 0 },
      ...figuresOf(which.goals, { quiet, under, samples, first, all: arena.samples }),
      { name: 'descriptors kept', value: descriptors, unit: '', atMost: keptMax },
      {
        ...{ name: 'log lines', value: arena.logLines() - lines, unit: '' },
        ...(which.goals.logLines === undefined ? {} : { atMost: which.goals.logLines }),
      },
    ],
    attacked,
    counted: {
      ...difference(after.Dropped, before.Dropped),
      ...difference(after.Status.membership, before.Status.membership),
      ...difference(after.Status.security?.refused ?? {}, before.Status.security?.refused ?? {}),
    },
    errors: [...new Set([...quiet, ...under].flatMap(({ errors }) => errors))],
    samples,
  };
}

function figuresOf(
  goals: Goals,
  measured: {
    readonly quiet: readonly HonestWork[];
    readonly under: readonly HonestWork[];
    readonly samples: readonly Sample[];
    /** With those of the warm-up. */
    readonly all: readonly Sample[];
    /** In MiB, before any attack. */
    readonly first: number;
  },
): Figure[] {
  const { quiet, under, samples, all, first } = measured;
  const calm = samples.filter(({ attacked }) => !attacked).slice(0, 40);
  const base = median(calm.map(({ mib }) => mib));
  const attacked = samples.filter(({ attacked }) => attacked).map(({ mib }) => mib);
  const worst = Math.max(...all.map(({ mib }) => mib));
  const share = median(under.map((work, i) => rateOf(work) / rateOf(quiet[i] as HonestWork)));
  const connects = (works: readonly HonestWork[]) => works.flatMap(({ connects }) => connects.ms);
  const failed = under.reduce((sum, { connects }) => sum + connects.failed, 0);
  const perSecond = (works: readonly HonestWork[], of: (work: HonestWork) => Done) =>
    median(works.map((work) => of(work).count / work.seconds));
  const messages = ({ messages }: HonestWork) => messages;
  const calls = ({ calls }: HonestWork) => calls;
  const slow = (works: readonly HonestWork[], of: (work: HonestWork) => Done) =>
    percentile(
      works.flatMap((work) => of(work).ms),
      0.99,
    );
  return [
    {
      ...{ name: 'throughput under attack', value: share, unit: 'of that without' },
      ...(goals.throughputShare === undefined ? {} : { atLeast: goals.throughputShare }),
    },
    {
      ...{ name: 'connect p99', value: percentile(connects(under), 0.99), unit: 'ms' },
      ...(goals.connectMs === undefined ? {} : { atMost: goals.connectMs }),
    },
    { name: 'connects that failed', value: failed, unit: '', atMost: 0 },
    {
      ...{ name: 'memory, growth of the median', value: median(attacked) - base, unit: 'MiB' },
      ...(goals.growthMib === undefined ? {} : { atMost: goals.growthMib }),
    },
    {
      ...{ name: 'memory, at the worst over that before', value: worst - first, unit: 'MiB' },
      ...(goals.peakMib === undefined ? {} : { atMost: goals.peakMib }),
    },
    { name: 'memory before', value: first, unit: 'MiB' },
    { name: 'memory between', value: base, unit: 'MiB' },
    { name: 'connect p50', value: percentile(connects(under), 0.5), unit: 'ms' },
    { name: 'connect p50 without', value: percentile(connects(quiet), 0.5), unit: 'ms' },
    { name: 'connect p99 without', value: percentile(connects(quiet), 0.99), unit: 'ms' },
    { name: 'messages', value: perSecond(under, messages), unit: '/s' },
    { name: 'messages without', value: perSecond(quiet, messages), unit: '/s' },
    { name: 'message p99', value: slow(under, messages), unit: 'ms' },
    { name: 'calls', value: perSecond(under, calls), unit: '/s' },
    { name: 'calls without', value: perSecond(quiet, calls), unit: '/s' },
    { name: 'call p99', value: slow(under, calls), unit: 'ms' },
  ];
}

/** Whether the figure is what was demanded; undefined where nothing was. */
export function isReached({ value, atMost, atLeast }: Figure): boolean | undefined {
  if (atMost !== undefined) return value <= atMost;
  return atLeast === undefined ? undefined : value >= atLeast;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** The value that so large a share is not above; NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function rateOf({ messages, calls, seconds }: HonestWork): number {
  return (messages.count + calls.count) / seconds;
}

function difference(
  after: Readonly<Record<string, number>>,
  before: Readonly<Record<string, number>>,
): Record<string, number> {
  const changes = Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)]);
  return Object.fromEntries(changes.filter(([, change]) => change !== 0)) as Record<string, number>;
}
