/**
 * Whether what a scenario hands over as a schedule is one. Types say so too, but scenarios are not
 * compiled when they run, and a fault that is misspelt would do nothing, and be believed to hold.
 */

import type { Ailment } from './ailments.ts';
import type { ClockChange, Incident } from './incident.ts';
import { type Junk, packetHows, streamHows } from './junk.ts';
import type { Fault } from './rules.ts';
import { ScenarioError } from './scenario.ts';

type Check = (value: unknown) => boolean;
type Fields = Readonly<Record<string, Check>>;

const text: Check = (value) => typeof value === 'string' && value !== '';
const number: Check = (value) => Number.isFinite(value);
const positive: Check = (value) => Number.isFinite(value) && (value as number) >= 0;
const ratio: Check = (value) => positive(value) && (value as number) <= 1;
const whole: Check = (value) => Number.isInteger(value) && (value as number) >= 0;
const span: Check = (value) => positive(value) || value === Number.POSITIVE_INFINITY;
const names: Check = (value) => Array.isArray(value) && value.every(text);
const hosts: Check = (value) => value === 'any' || names(value);
const shape: Check = (value) => ['even', 'exponential', 'heavy'].includes(value as string);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const boolean: Check = (value) => typeof value === 'boolean';

const faults: Readonly<Record<Fault['type'], Fields>> = {
  loss: { ratio },
  duplicate: { ratio },
  delay: { minUs: whole, maxUs: whole, ratio: optional(ratio), shape: optional(shape) },
  bandwidth: { bytesPerSecond: positive, queueBytes: positive },
  cut: {},
  clog: {},
};
const between: Fields = {
  ...{ from: hosts, to: hosts, bothWays: optional(boolean), name: optional(text) },
};

const ailments: Readonly<Record<Ailment['type'], Fields>> = {
  slow: { eventUs: positive },
  'no-spawn': {},
  'no-engine': {},
  'full-disk': { roomBytes: positive },
  'failing-disk': { ratio },
  'slow-disk': { addUs: positive },
  'torn-writes': {},
};

const changes: Readonly<Record<keyof ClockChange, Check>> = {
  ...{ wallMs: optional(number), aheadUs: optional(positive), rate: optional(positive) },
};

const oneOf =
  (words: readonly string[]): Check =>
  (value) =>
    words.includes(value as string);
const bursts: Fields = { count: whole, everyUs: whole };
const junk: Readonly<Record<Junk['type'], Fields>> = {
  datagrams: { how: oneOf(packetHows), spoofed: boolean },
  multicasts: { how: oneOf(packetHows), group: text },
  connections: { how: oneOf(streamHows), openUs: whole },
};

const incidents: Readonly<Record<Incident['type'], Fields>> = {
  start: { host: text },
  crash: { host: text },
  dark: { host: text },
  leave: { host: text },
  pause: { host: text, forUs: span },
  rule: { rule: (value) => typed(value, faults, between, 'rule'), forUs: span },
  split: { groups: (value) => Array.isArray(value) && value.every(names), forUs: span },
  faulty: {
    ...{ hosts: names, forUs: span, must: optional(boolean), backWithinUs: optional(positive) },
  },
  clock: { host: text, change: (value) => has(value, changes, 'clock change') },
  ailment: {
    ...{ host: text, forUs: span },
    ailment: (value) => typed(value, ailments, {}, 'ailment'),
  },
  junk: {
    ...{ host: text, from: text, salt: whole },
    junk: (value) => typed(value, junk, bursts, 'junk'),
  },
};

/** Throws ScenarioError where something in it is none, or is not what it should be. */
export function checkSchedule(schedule: unknown): asserts schedule is readonly Incident[] {
  if (!Array.isArray(schedule)) throw new ScenarioError('a schedule is a list of incidents');
  for (const incident of schedule) typed(incident, incidents, { at: whole }, 'incident');
}

/** Whether it is of one of the types, with the fields of that and the common ones, and no others. */
function typed(
  value: unknown,
  types: Readonly<Record<string, Fields>>,
  common: Fields,
  what: string,
): true {
  const { type } = (value ?? {}) as { type?: unknown };
  if (typeof type !== 'string' || !Object.hasOwn(types, type)) {
    const known = Object.keys(types).join(', ');
    throw new ScenarioError(`no ${what} has the type ${JSON.stringify(type)}; there are ${known}`);
  }
  return has(value, { type: text, ...common, ...types[type] }, `${what} "${type}"`);
}

function has(value: unknown, fields: Fields, what: string): true {
  if (typeof value !== 'object' || value === null) throw new ScenarioError(`${what}: no object`);
  for (const [name, check] of Object.entries(fields)) {
    const field = (value as Record<string, unknown>)[name];
    if (check(field)) continue;
    throw new ScenarioError(`${what}: its ${name} cannot be ${JSON.stringify(field)}`);
  }
  const strange = Object.keys(value).find((name) => !Object.hasOwn(fields, name));
  if (strange === undefined) return true;
  throw new ScenarioError(`${what}: there is no "${strange}" in it`);
}
