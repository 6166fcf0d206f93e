/**
 * Every command: where its code is. One command loads its own modules and no others, because a
 * client lives for some milliseconds and most of them would go into loading.
 */

import type { CommandTable } from './usage.ts';

/** In the order of the help. */
export const commands: CommandTable = {
  start: async () => (await import('./commands/start.ts')).StartCommand,
  ls: async () => (await import('./commands/ls.ts')).LsCommand,
  members: async () => (await import('./commands/members.ts')).MembersCommand,
  log: async () => (await import('./commands/log.ts')).LogCommand,
  peek: async () => (await import('./commands/peek.ts')).PeekCommand,
  scrub: async () => (await import('./commands/scrub.ts')).ScrubCommand,
  mkproc: async () => (await import('./commands/mkproc.ts')).MkprocCommand,
  mkdkr: async () => (await import('./commands/mkdkr.ts')).MkdkrCommand,
  stdin: async () => (await import('./commands/stdin.ts')).StdinCommand,
  stdout: async () => (await import('./commands/stdout.ts')).StdoutCommand,
  stderr: async () => (await import('./commands/stderr.ts')).StderrCommand,
  signal: async () => (await import('./commands/signal.ts')).SignalCommand,
  wait: async () => (await import('./commands/wait.ts')).WaitCommand,
  waitall: async () => (await import('./commands/waitall.ts')).WaitallCommand,
  mkchan: async () => (await import('./commands/mkchan.ts')).MkchanCommand,
  send: async () => (await import('./commands/send.ts')).SendCommand,
  recv: async () => (await import('./commands/recv.ts')).RecvCommand,
  close: async () => (await import('./commands/close.ts')).CloseCommand,
  select: async () => (await import('./commands/select.ts')).SelectCommand,
  mkselect: async () => (await import('./commands/mkselect.ts')).MkselectCommand,
  'mk@join': async () => (await import('./commands/mkjoin.ts')).MkjoinCommand,
  'mk@leave': async () => (await import('./commands/mkleave.ts')).MkleaveCommand,
  mkdns: async () => (await import('./commands/mkdns.ts')).MkdnsCommand,
  set: async () => (await import('./commands/set.ts')).SetCommand,
  unset: async () => (await import('./commands/unset.ts')).UnsetCommand,
  join: async () => (await import('./commands/join.ts')).JoinCommand,
  leave: async () => (await import('./commands/leave.ts')).LeaveCommand,
  suicide: async () => (await import('./commands/suicide.ts')).SuicideCommand,
  stk: async () => (await import('./commands/stk.ts')).StkCommand,
  cpu: async () => (await import('./commands/cpu.ts')).CpuCommand,
  top: async () => (await import('./commands/top.ts')).TopCommand,
  limits: async () => (await import('./commands/limits.ts')).LimitsCommand,
  keygen: async () => (await import('./commands/keygen.ts')).KeygenCommand,
  demo: async () => (await import('./commands/demo.ts')).DemoCommand,
  sim: async (rest) => (await import('./sim/choose.ts')).simCommand(rest),
  completion: async () => (await import('./commands/completion.ts')).CompletionCommand,
  help: async () => (await import('./commands/help.ts')).HelpCommand,
};
