/**
 * Every limit: has a line for users, has a test that goes past it, is kept where a server keeps it,
 * and is in docs/limits.md as it is.
 */

import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type LimitName, limits } from '../../src/limits.ts';
import { allLimits, limitsWith, type ServerLimits } from '../../src/server-limits.ts';
import { limitsDocument } from '../support/limits-document.ts';
import { files, read, root } from '../support/tidy/tree.ts';

const names = Object.keys(limits) as LimitName[];

/** Limit => the file of a test that goes past it, and what that test is called. */
const past: Readonly<Record<string, readonly [string, string]>> = {
  frameBytesMax: ['rpc/session', 'an over-long frame is refused by its header'],
  bodyBytesMax: ['rpc/session', 'a request may be as long as its bound; a longer one fails'],
  dataBytesMax: ['rpc/session', 'many small frames are not gathered without end'],
  helloBytesMax: ['rpc/session', 'a first frame of 1 KiB is read, a longer one is not collected'],
  helloTimeoutMs: ['server/room', 'who has not said who it is in time is let go'],
  strangersMax: ['server/links', 'of more strangers than there may be, the one that waits longest'],
  handshakesMax: ['transport/security/door', 'of those whose handshake is under way, one too many'],
  silentMax: ['transport/security/door', 'of those who say nothing, one too many makes the first'],
  outdatedMs: ['transport/bounds', 'a connection whose key was removed stands for a while'],
  outdatedServerMs: [
    'server/retiring',
    'of a server is taken for a while after its key was removed',
  ],
  clientsMax: ['server/room', 'one client more than there may be is told so'],
  peersMax: ['server/room', 'of more servers than there may be, one goes that is not in the'],
  connectionsOfPeerMax: ['server/room', 'of more connections of one server than there may be'],
  keysMax: ['transport/security/keys', 'with as many keys as there may be'],
  sealSendersMax: ['transport/security/sealed-datagrams-bounds', 'of senders: one too many'],
  sealAskersMax: ['transport/security/sealed-datagrams-bounds', 'of those that ask: the last'],
  sealPeersMax: ['transport/security/peers', 'so many addresses are known, and then the one'],
  keptDatagramsMax: ['transport/security/sealed-datagrams-bounds', 'of packets: by count, bytes'],
  keptDatagramBytesMax: ['transport/security/sealed-datagrams-bounds', 'of packets: by count, byt'],
  keptDatagramMs: ['transport/security/sealed-datagrams-bounds', 'what is older than two seconds'],
  noticesMax: ['transport/security/sealed-datagrams', 'to those with a key is given to so many'],
  unprovenNoticesMax: ['transport/security/sealed-datagrams', 'is given to so many a second, and'],
  multicastSendersMax: ['transport/security/sealed-multicast', 'hears on, however many senders'],
  callsInFlightMax: ['rpc/session', 'one call more than may be in flight fails with LIMIT'],
  callsMax: ['rpc/bounds', 'calls of all connections in flight: at the limit they are taken'],
  waitingCallsMax: ['server/resolve', 'fail at once, and the others wait on'],
  waitingBytesMax: ['server/resolve', 'are also those that hold too many bytes together'],
  unsentBytesMax: ['rpc/session', 'is given up when more than a bound is unsent'],
  unsentAllBytesMax: ['server/room', 'beyond what may be unread of all, who leaves most goes'],
  writeAheadBytes: ['transport/tcp', 'what is unsent is bounded by about a mebibyte beyond'],
  heldBytesMax: ['element/held.property', 'what would not fit fails with LIMIT, and fits when'],
  messageOverheadBytes: ['element/held.property', 'messages count with an overhead until they'],
  streamWindowBytes: ['rpc/session', 'a window may be granted, a byte more ends the session'],
  pathBytesMax: ['anchor/path', 'a path may have its most bytes, and not one more'],
  nameBytesMax: ['anchor/path', 'a name may have its most bytes, and not one more'],
  pathDepthMax: ['anchor/path', 'a path may have its most names, and not one more'],
  anchorsMax: ['anchor/tree.property', 'a server holds its most anchors, and not one more'],
  elementsMax: ['server/namespace', 'of all kinds are as many as the limit says'],
  channelsMax: ['server/namespace', 'of the kind %s are as many as the limit says'],
  processesMax: ['../e2e/limits', 'runs so many processes, also such as were scrubbed'],
  commandBytesMax: ['element/held.property', 'a command counts all of its texts, and has a bound'],
  inputBytesMax: ['../contract/spawner.contract', 'a process that does not read its input bounds'],
  channelCapacityMax: ['channel/channel', 'a capacity of %s is refused'],
  channelBytesMax: ['channel/channel', 'beyond its bytes a channel counts as full'],
  messageHeadBytes: ['element/held.property', 'the beginning of a long message counts as if it'],
  channelWaitersMax: ['channel/channel', 'one sender or receiver more than may wait fails'],
  subscriptionEventsMax: ['server/subscriptions', 'an event more than may be pending is dropped'],
  subscriptionsMax: ['server/subscriptions', 'one subscription more than a server may have'],
  offerTimeoutMs: ['element/subscription', 'a consumer that sleeps through an offer loses its'],
  selectClausesMax: ['select/clause', 'beyond their number'],
  selectClausesWaitingMax: ['server/selects', 'one clause more than may wait is refused'],
  selectMessageBytesMax: ['../sim/selects', 'fails when it receives more than it may keep'],
  selectsMax: ['server/namespace', 'of the kind %s are as many as the limit says'],
  dnsServersMax: ['server/namespace', 'of the kind %s are as many as the limit says'],
  containersMax: ['server/namespace', 'of the kind %s are as many as the limit says'],
  processGraceMs: ['server/ending', 'what has not ended within the grace is killed then'],
  engineAnswerBytesMax: ['transport/container-engine', 'an answer that is too long is none'],
  containerAheadBytesMax: ['transport/bounds', 'of an output of a container so much is read'],
  recordBytesMax: ['client/dns', 'a record as long as it may be is asked for, and a longer one'],
  dnsRecordsMax: ['dns/zone', 'one server holds so many records'],
  dnsBytesMax: ['dns/zone', 'one server holds so many bytes, and has room again'],
  dnsNameBytesMax: ['dns/zone', 'the records of one name fit into one answer'],
  dnsAliasesMax: ['dns/answer', 'in a row of too many is followed so far and no further'],
  dnsAdditionalMax: ['dns/answer', 'are no more than some'],
  dnsConnectionsMax: ['transport/name-servers', 'of too many clients the one goes that asked'],
  dnsIdleMs: ['transport/name-servers', 'for a while is asked to go, and one that asks may stay'],
  stampAheadMs: ['journal/stamp.property', 'a stamp a minute ahead is followed, one further'],
  journalEntriesMax: ['journal/journal', 'beyond its bound the oldest entries drop out'],
  journalBytesMax: ['journal/journal', 'paths, who asked, and details together'],
  journalDetailCharsMax: ['server/operations', 'a detail is cut at its bound'],
  journalFileBytesMax: [
    'server/journal-keeper',
    'a file that is full is followed by the next, and the',
  ],
  journalDiskBytesMax: [
    'server/journal-keeper',
    'a file that is full is followed by the next, and the',
  ],
  journalFilesMax: ['server/journal-keeper', 'each start begins a file; those before it stay'],
  journalReadersMax: ['server/journal-reader', 'readers beyond the bound fail, and those that'],
  logWaitingMax: ['client/log', 'is not kept more than so many entries of one server'],
  askerBytesMax: ['rpc/asker', 'an asker with %s ends the session with a reason'],
  profileMsMax: ['../sim/servers', 'a profile takes the time asked for; bad times are refused'],
  stackLinesMax: ['server/stacks', 'of very many that wait the oldest are shown'],
  profileSamplesMax: ['transport/runtime', 'a long profile has no more samples than a shorter'],
  errorBytesMax: ['rpc/session', 'an error is cut to its bound, not in the middle'],
  membersMax: ['membership/table', 'that is full takes no more servers, but still what'],
  departedMax: ['membership/table', 'of too many %s departures forgets the oldest'],
  newsMax: ['gossip/spread.missing', 'what waits is pushed, and what was pushed announced'],
  verificationsMax: ['membership/verifier', 'verifies no more servers at once than its bound'],
  reportersMax: ['membership/reports', 'are expected of so many at a time'],
  findingMax: ['membership/hearing', 'is one of so many at most; then the oldest is a hint'],
  candidatesMax: ['discovery/discovery', 'any of a bounded number: more are not remembered'],
  datagramQueueBytesMax: ['transport/bounds', 'datagrams are lost once so many bytes of them'],
  multicastQueueBytesMax: ['transport/bounds', 'multicast is lost on an interface where so many'],
  multicastInterfacesMax: ['transport/bounds', 'multicast uses so many interfaces when none was'],
};

describe('every limit', () => {
  test('has a line in the table, and the table no other', () => {
    expect(allLimits().map(({ name }) => name)).toEqual(names);
  });

  test.each(names)('%s has a test that goes past it', (name) => {
    const [where, title] = past[name] ?? ['', ''];
    expect(where, `no test is named that goes past limits.${name}`).not.toBe('');
    const path = join('test/unit', where);
    const { text } = read(where.endsWith('.contract') ? `${path}.ts` : `${path}.test.ts`);
    expect(text).toContain(title);
    expect(text).toMatch(new RegExp(`\\b${name}\\b`));
  });

  test('that has a test is a limit', () => {
    expect(Object.keys(past).filter((name) => !Object.hasOwn(limits, name))).toEqual([]);
  });

  test('is one that a server may be started with at its bounds, and not past them', () => {
    for (const { name, range, value } of allLimits()) {
      const set = (to: number) => () => limitsWith({ [name]: to } as ServerLimits);
      if (range === undefined) {
        expect(set(value)).toThrow(`${name} is no limit of a server`);
        continue;
      }
      const [min, max] = range;
      expect([min <= value, value <= max], name).toEqual([true, true]);
      for (const to of range) expect(set(to)()[name]).toBe(to);
      for (const to of [min - 1, max + 1, min + 0.5, Number.NaN]) {
        expect(set(to)).toThrow(`the limit ${name} is a whole number from ${min} to ${max}`);
      }
    }
    expect(limitsWith({})).toEqual(limits);
  });
});

/** Where the usual value is read of what a server may have otherwise, and why that is right. */
const usualAreRead: Readonly<Record<string, string>> = {
  'src/client/anchor.ts': 'a client knows the most that any server takes',
  'src/rpc/method.ts': 'the form of messages is that of the most that any server has',
  'src/limit-table.ts': 'bounds of bounds',
};

test('what a server was started with is kept: nothing on the server reads the usual instead', () => {
  const changeable = allLimits().filter(({ range }) => range !== undefined);
  const pattern = new RegExp(
    `(?<![#.\\w])limits\\.(${changeable.map((each) => each.name).join('|')})\\b`,
  );
  const reads = files('src').filter((path) => {
    const text = read(path).text.replace(/\/\*[\s\S]*?\*\//g, '');
    if (!/import \{[^}]*\blimits\b[^}]*\} from '[./]*limits\.ts'/.test(text)) return false;
    // A default for those who are not told otherwise.
    return pattern.test(text.replace(/(\?\?|(?<![<>=!])=) limits\.\w+/g, ''));
  });
  expect(reads.filter((path) => usualAreRead[path] === undefined)).toEqual([]);
});

test('docs/limits.md has every limit as it is; vitest run -u writes it', async () => {
  await expect(limitsDocument()).toMatchFileSnapshot(join(root, 'docs/limits.md'));
});
