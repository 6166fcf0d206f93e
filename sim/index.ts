/** The door of the simulated world, for scenarios and tests. */

export type { SimClock } from './clock.ts';
export type { SimHost } from './host.ts';
export type { LogLine, LogSink, SimLog } from './log.ts';
export type { Machine } from './machine.ts';
export { type Program, type ProgramIo, Programs } from './programs.ts';
export { hashText, keyed, keyedFloat, SimRandom } from './random.ts';
export { type Fault, type Hosts, isolate, partition, type Rule, Rules } from './rules.ts';
export { type Actor, Scheduler } from './scheduler.ts';
export type { Disk } from './storage.ts';
export { fixed, lan, type Place, type Regions, regions, type Topology } from './topology.ts';
export { BLOCK_EVENTS, Trace } from './trace.ts';
export { World, type WorldOptions } from './world.ts';
