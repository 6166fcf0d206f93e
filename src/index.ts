/**
 * circuit: one small server per host, one namespace over the cluster.
 *
 * This door is pure: it runs on any Host. `circuit/transport` gives one for Node, `circuit/sim`
 * a simulated one.
 *
 * @module circuit
 */

export { formatPath, type Path } from './anchor/path.ts';
export { Anchor, type CommandInput, type DockerInput, type Entry } from './client/anchor.ts';
export { Chan, type ChanState } from './client/chan.ts';
export { Client, type ClientHost, connect } from './client/client.ts';
export { type DiscoverOptions, discover, type FinderHost } from './client/discover.ts';
export { Dns, type DnsState } from './client/dns.ts';
export { Docker, type DockerState } from './client/docker.ts';
export {
  type JournalEntry,
  type JournalOptions,
  parseJournalEntry,
} from './client/journal.ts';
export type { MemberState } from './client/members.ts';
export type { Waiting } from './client/options.ts';
export { Proc, type ProcState } from './client/proc.ts';
export type {
  Otherwise,
  SelectClause,
  Selected,
  SelectOptions,
  Waitable,
} from './client/select.ts';
export {
  type ClauseState,
  Select,
  type SelectResult,
  type SelectState,
} from './client/select-handle.ts';
export { ServerHandle, type ServerState } from './client/server.ts';
export type { ByteSink, ByteSource } from './client/stream.ts';
export { Subscription, type SubscriptionState } from './client/subscription.ts';
export { type Command, parseCommand } from './element/command.ts';
export {
  type DockerCommand,
  parseDockerCommand,
  warningOf as dockerWarning,
} from './element/docker-command.ts';
export type { ElementKind } from './element/element.ts';
export { signals } from './element/signals.ts';
export type { ServerStats } from './element/stats.ts';
export { CircuitError, type ErrorCode, errorCodes } from './errors.ts';
export type * from './host/index.ts';
export {
  type Address,
  type CircuitUrl,
  formatCircuitUrl,
  parseAddress,
  parseCircuitName,
  parseCircuitUrl,
  parseGroup,
  type RunId,
  type ServerId,
} from './id.ts';
export { type LimitName, type Limits, limits } from './limits.ts';
export type { Member } from './membership/member.ts';
export { type Profile, profiles } from './membership/profile.ts';
export type { Refusal } from './refused.ts';
export { parseClauses, selectedJson } from './select/clause.ts';
export { type Server, type ServerEvent, type ServerOptions, startServer } from './server/server.ts';
export {
  allLimits,
  type LimitState,
  type LimitUnit,
  limitsWith,
  type ServerLimitName,
  type ServerLimits,
} from './server-limits.ts';
export { utf8Text } from './utf8.ts';
