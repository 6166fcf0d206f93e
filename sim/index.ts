/** The door of the simulated world, for scenarios and tests. */

export { SECOND } from '../src/time.ts';
export { accuracy } from './checkers/accuracy.ts';
export { agreement } from './checkers/agreement.ts';
export { ChannelChecker, ChannelHistory } from './checkers/channels.ts';
export type { Checker, CheckerFactory } from './checkers/checker.ts';
export { completeness, type DetectionBounds, lanBounds } from './checkers/completeness.ts';
export { order } from './checkers/order.ts';
export type { SimClock } from './clock.ts';
export { Cluster, type ClusterOptions } from './cluster.ts';
export { type ChurnOptions, churn } from './faults/churn.ts';
export type { SimHost } from './host.ts';
export { describeIncident, type Incident } from './incident.ts';
export type { LogLine, LogSink, SimLog } from './log.ts';
export type { Machine } from './machine.ts';
export type { Goal, GoalOutcome, Measure, Statistic } from './measure/measures.ts';
export type { ClusterEvent, Node, StartOptions, Violation } from './node.ts';
export type { Parameters } from './parameters.ts';
export { type Program, type ProgramIo, Programs } from './programs.ts';
export { hashText, keyed, keyedFloat, SimRandom } from './random.ts';
export { type Fault, type Hosts, isolate, partition, type Rule, Rules } from './rules.ts';
export {
  type Progress,
  play,
  type Report,
  type RunOptions,
  runScenario,
} from './runner.ts';
export { type Definition, type Scenario, ScenarioError, scenario } from './scenario.ts';
export { type Actor, Scheduler } from './scheduler.ts';
export type { Disk } from './storage.ts';
export { fixed, lan, type Place, type Regions, regions, type Topology } from './topology.ts';
export { BLOCK_EVENTS, Trace } from './trace.ts';
export { channelTraffic, type TrafficOptions } from './workload/channels.ts';
export { World, type WorldOptions } from './world.ts';
