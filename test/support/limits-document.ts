/** docs/limits.md, as it has to be. */

import { sizeText } from '../../cli/limits.ts';
import { allLimits, type LimitState } from '../../src/server-limits.ts';

const head = `# Limits

Everything that a peer can make a server do has a bound. All of them are in \`src/limits.ts\`, each with
what moving it trades. Who goes past one gets the error \`LIMIT\` (exit code 14) with a sentence that
names the limit and its value, or the error below; or has to wait; or loses what was too much.

\`circuit limits\` prints those that may be changed, \`--all\` all of them, \`--json\` with the ranges,
and \`circuit peek /Xid\` shows in \`Status.limits\` how much of its limits a server uses, and those that
are not as usual.
`;

const changeableHead = `
## Of one server

These are what a server has unless it is told otherwise: \`circuit start --limit NAME=VALUE\`, for each
that is to differ, or \`startServer(host, { limits: { NAME: value } })\`. Bytes are whole numbers, or
with \`KiB\`, \`MiB\` or \`GiB\`. Each server of a circuit may have its own.

\`heldBytesMax\` is of the bytes that a server keeps for its peers, all together: messages that nobody
has received and events that nobody has read, each with \`messageOverheadBytes\` more; long messages
on their way; commands with their environment; selects and what they received; records; output that
was sent and is not used up; input that a process has not taken; long answers. Beyond it, what would
add to them fails with \`LIMIT\`. Streams go on, in pieces of \`dataBytesMax\` at a time, so that what
is there can still be read. It is not all memory that a server takes: there are also the server
itself, some KiB for each element and about 1 KiB for each call, \`unsentAllBytesMax\`, and up to
\`writeAheadBytes\` for each connection of \`clientsMax\`.

A client that finds no room is told so. A server of the circuit is never turned away for want of room:
beyond \`peersMax\`, connections of others end, or those that only stand idle.

Peers never take all descriptors that the process may have (\`LimitNOFILE\`, \`ulimit -Hn\`), if those
are 128 or more: where there are too few for what is usual, \`strangersMax\`, \`silentMax\` and
\`handshakesMax\` are an eighth of them, \`clientsMax\` and \`peersMax\` a quarter; \`circuit limits\`
shows what comes of that, and \`circuit limits /Xid\` what a server has. One that is given is taken as it
is, unless there are not so many descriptors; then the server does not start. See [operations](operations.md).
`;

const fixedHead = `
## Of all servers

These cannot be changed. Both sides of a connection rely on them, or all servers of a circuit do, or
they are enforced by the host, below the server.
`;

export function limitsDocument(): string {
  const all = allLimits();
  const changeable = all.filter(({ range }) => range !== undefined);
  const fixed = all.filter(({ range }) => range === undefined);
  return [
    ...[head, changeableHead, '\n| name | usual | from, to | of | beyond |\n'],
    ...['| --- | ---: | --- | --- | --- |\n', ...changeable.map(changeableLine)],
    ...[fixedHead, '\n| name | value | of | beyond |\n'],
    ...['| --- | ---: | --- | --- |\n', ...fixed.map(fixedLine)],
  ].join('');
}

function changeableLine(limit: LimitState): string {
  const { name, unit, what, beyond, range = [0, 0] } = limit;
  const bounds = range.map((value) => sizeText({ unit, value })).join(', ');
  return `| \`${name}\` | ${sizeText(limit)} | ${bounds} | ${what} | ${beyond} |\n`;
}

function fixedLine(limit: LimitState): string {
  const { name, what, beyond } = limit;
  return `| \`${name}\` | ${sizeText(limit)} | ${what} | ${beyond} |\n`;
}
