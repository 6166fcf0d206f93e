/**
 * The door of the simulated world, for scenarios and tests.
 *
 * @module circuit/sim
 */

export { type Profile, profiles } from '../src/membership/profile.ts';
export { SECOND } from '../src/time.ts';
export type { Ailment } from './ailments.ts';
export {
  type Bounds,
  type DetectionBounds,
  lanBounds,
  wanBounds,
} from './bounds.ts';
export { accuracy } from './checkers/accuracy.ts';
export { agreement } from './checkers/agreement.ts';
export { ChannelChecker, ChannelHistory } from './checkers/channels.ts';
export type { Checker, CheckerFactory } from './checkers/checker.ts';
export { completeness } from './checkers/completeness.ts';
export { type DiscoveryOptions, discoveryTraffic } from './checkers/discovery.ts';
export { type ExpanderOptions, expander } from './checkers/expander.ts';
export { type FootprintOptions, footprint } from './checkers/footprint.ts';
export { JournalChecker, type Mark } from './checkers/journal.ts';
export { KeptJournalChecker } from './checkers/kept-journal.ts';
export { knownFirst } from './checkers/known-first.ts';
export { LinearizabilityChecker } from './checkers/linearizable.ts';
export { merge } from './checkers/merge.ts';
export { order } from './checkers/order.ts';
export { type ClauseOp, SelectChecker, type SelectEnd } from './checkers/selects.ts';
export { SubscriptionChecker, SubscriptionHistory } from './checkers/subscriptions.ts';
export { type UnharmedOptions, unharmed } from './checkers/unharmed.ts';
export type { SimClock } from './clock.ts';
export { Cluster } from './cluster.ts';
export { type AilingOptions, ailing } from './faults/ailing.ts';
export { type ChurnOptions, churn, type Ways } from './faults/churn.ts';
export { type DriftOptions, drifting, type JumpOptions, jumping } from './faults/clocks.ts';
export {
  type FlashOptions,
  flashCrowd,
  type RollingOptions,
  rollingRestart,
  type WaveOptions,
  waves,
} from './faults/crowds.ts';
export { draw, exponential, exponentialByMedian, naturalLog, pick } from './faults/draw.ts';
export { type FlappingOptions, flapping } from './faults/flapping.ts';
export { type JunkOptions, junkFrom } from './faults/junk.ts';
export { type Lifetimes, lifetime } from './faults/lifetimes.ts';
export {
  badLinks,
  type DistanceOptions,
  duplication,
  type LinkOptions,
  reordering,
  sitesApart,
  slowTail,
} from './faults/links.ts';
export { type LossOptions, loss } from './faults/loss.ts';
export { type MassOptions, massFailure } from './faults/mass.ts';
export {
  type ClogOptions,
  PARTITION_SHAPES,
  type PartitionOptions,
  type PartitionShape,
  partitioned,
  swizzle,
} from './faults/partitions.ts';
export { type SessionOptions, sessions } from './faults/sessions.ts';
export { type StallOptions, stalls } from './faults/stalls.ts';
export { type Swarm, type SwarmOptions, swarm } from './faults/swarm.ts';
export {
  type ChannelCall,
  type ChannelClause,
  type ChannelResult,
  type ChannelState,
  type ChannelsState,
  channelModel,
} from './history/channel-model.ts';
export { type Culprit, culprit } from './history/culprit.ts';
export {
  type ChannelRecorder,
  Histories,
  type HistoriesOptions,
  type HistoryKind,
  type ProcessRecorder,
  type Recording,
  type Searched,
  type SubscriptionRecorder,
  type Teller,
} from './history/histories.ts';
export { type Linearization, linearize, STEPS_MAX } from './history/linearize.ts';
export type { Model, Operation } from './history/operation.ts';
export {
  type ProcessCall,
  type ProcessResult,
  type ProcessState,
  processModel,
} from './history/process-model.ts';
export { type Pending, Recorder } from './history/recorder.ts';
export {
  type SubscriptionCall,
  type SubscriptionResult,
  type SubscriptionState,
  subscriptionModel,
} from './history/subscription-model.ts';
export type { Sent, SimHost } from './host.ts';
export { type ClockChange, describeIncident, type Faulty, type Incident } from './incident.ts';
export type { Junk, PacketHow, StreamHow } from './junk.ts';
export type { LogLine, LogSink, SimLog } from './log.ts';
export type { Machine } from './machine.ts';
export {
  FRAME_SERVERS_MAX,
  FRAMES_MAX,
  type FrameState,
  type OverlayFrame,
} from './measure/frames.ts';
export {
  components,
  type Distances,
  degreeOf,
  distances,
  type Graph,
  graphOf,
  meanDegree,
} from './measure/graph.ts';
export type { Goal, GoalOutcome, Measure, Statistic } from './measure/measures.ts';
export { MISHAPS_MAX, type Mishap } from './measure/mishaps.ts';
export { SERIES_MAX, SERIES_POINTS_MAX, type Series, SeriesBook } from './measure/series.ts';
export { type Spectrum, spectrumOf } from './measure/spectrum.ts';
export {
  clusteringOf,
  type Degrees,
  degreesOf,
  largestPartAfter,
  largestPartOf,
  type Mixing,
  mixingOf,
  type Removal,
} from './measure/structure.ts';
export { type Cell, TABLE_CELLS_MAX, type Table } from './measure/table.ts';
export type { Resolution } from './name-servers.ts';
export type {
  ClusterEvent,
  ClusterOptions,
  Idler,
  Node,
  StartOptions,
  Violation,
} from './node.ts';
export { circuit } from './overlays/circuit.ts';
export { hyParView } from './overlays/hyparview.ts';
export { type LabTraffic, type LabViews, OverlayLab } from './overlays/lab.ts';
export type {
  OverlayCore,
  OverlayEffect,
  OverlayEvent,
  OverlayProtocol,
  OverlayServer,
  Peer,
} from './overlays/protocol.ts';
export { randomWalk } from './overlays/random-walk.ts';
export { type CoreOptions, runCore } from './overlays/shell.ts';
export { swim } from './overlays/swim.ts';
export type { Parameters } from './parameters.ts';
export { type Program, type ProgramIo, Programs } from './programs.ts';
export { hashText, keyed, keyedFloat, SimRandom } from './random.ts';
export { type CounterExample, replayed } from './replayed.ts';
export {
  type DelayShape,
  type Fault,
  type Hosts,
  isolate,
  type Judged,
  type PacketVerdict,
  partition,
  type Rule,
  Rules,
} from './rules.ts';
export {
  type Played,
  type Progress,
  play,
  type Report,
  type RunOptions,
  runScenario,
} from './runner.ts';
export {
  type Definition,
  type Replay,
  type Scenario,
  ScenarioError,
  scenario,
} from './scenario.ts';
export { type Actor, Scheduler } from './scheduler.ts';
export { failureOf } from './shrink/failure.ts';
export {
  type Candidate,
  type Failure,
  type Phase,
  Shrinker,
  type Trial,
} from './shrink/shrink.ts';
export type { Disk } from './storage.ts';
export { type Last, Told } from './told.ts';
export { fixed, lan, type Place, type Regions, regions, type Topology, wan } from './topology.ts';
export { BLOCK_EVENTS, Trace, type TraceNames, type TraceSink, type TraceTold } from './trace.ts';
export { type Fault as HostFault, Truth } from './truth.ts';
export { channelTraffic, type TrafficOptions } from './workload/channels.ts';
export { type JournalTrafficOptions, journalTraffic } from './workload/journal.ts';
export {
  type OperationKind,
  type OperationsOptions,
  randomOperations,
} from './workload/operations.ts';
export type { Stage, StageClientHost, StageServer } from './workload/stage.ts';
export { type SubscriptionTrafficOptions, subscriptionTraffic } from './workload/subscriptions.ts';
export { World, type WorldOptions } from './world.ts';
