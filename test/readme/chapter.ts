import { CircuitError, connect } from 'circuit';
import { nodeHost } from 'circuit/transport';

const host = await nodeHost({ client: true });
await using client = await connect(host, process.argv[2] ?? '', { timeoutMs: 5_000 });
console.log(client.connected, (await client.members()).length);

const servers = await client.servers();
const [far] = servers.filter((id) => id !== client.server);
const place = client.walk(`/${far}/chapter`);
console.log(place.path === `/${far}/chapter`, place.walk('deep/er').path.endsWith('/deep/er'));

const jobs = await place.walk('jobs').makeChan(2);
await jobs.send('first');
await jobs.send('second');
await jobs.close();
for await (const job of jobs) console.log(new TextDecoder().decode(job));

const upper = await place.walk('upper').makeProc({ Path: '/usr/bin/tr', Args: ['a-z', 'A-Z'] });
const input = upper.stdin();
await input.write(new TextEncoder().encode('shout\n'));
await input.end();
for await (const chunk of upper.stdout()) process.stdout.write(chunk);
const { Exit, Phase } = await upper.wait();
console.log(Phase, Exit);

const names = await place.walk('names').makeDns();
await names.set('web.example. 60 IN A 10.0.0.7');
const { Records } = await names.peek();
console.log(Object.keys(Records));

const arrivals = await place.walk('arrivals').makeOnJoin();
for (const _ of servers) console.log((await arrivals.receive()).startsWith('/X'));
const departures = await place.walk('departures').makeOnLeave();
console.log(await departures.tryReceive());

const container = { Image: 'busybox', Path: '/bin/echo', Args: ['hello'] };
const started = await place
  .walk('container')
  .makeDocker(container)
  .catch((error: CircuitError) => error.code);
console.log(started === 'NOT_SUPPORTED' || 'running');

const left = await place.walk('left').makeChan(1);
const right = await place.walk('right').makeChan(1);
await right.send('from the right');
const clauses = [{ receive: left }, { receive: right }, { event: departures }] as const;
const done = await client.select(clauses, { timeoutMs: 5_000 });
if (done.op === 'receive') console.log(done.index, done.closed);
const waits = await place.walk('waits').makeSelect(clauses);
await left.send('now');
console.log((await waits.wait()).Result?.Message);

for (const { path, kind } of await place.view()) console.log(kind, path.split('/').pop());
const element = await place.walk('upper').get();
console.log(element?.path === upper.path);

const empty = await place.walk('empty').makeChan(0);
try {
  await empty.receive({ timeoutMs: 100 });
} catch (error) {
  if (!(error instanceof CircuitError)) throw error;
  console.log(error.code, error.outcomeUnknown);
}
const controller = new AbortController();
const waiting = empty.receive({ signal: controller.signal }).catch((error) => error.code);
controller.abort();
console.log(await waiting);

const yes = await place.walk('yes').makeProc({ Path: '/usr/bin/yes' });
let bytes = 0;
for await (const chunk of yes.stdout()) {
  bytes += chunk.length;
  if (bytes > 1_000_000) break;
}
console.log(bytes > 1_000_000, (await yes.peek()).Phase);
await yes.scrub({ kill: true });

const film = await place.walk('film').makeChan(0);
const sending = film.sendStream().then(async (sink) => {
  for (let i = 0; i < 10; i++) await sink.write(new Uint8Array(100_000));
  await sink.end();
});
let received = 0;
for await (const piece of await film.receiveStream()) received += piece.length;
await sending;
console.log(received);

for (const { path } of await place.view()) await client.walk(path).scrub({ kill: true });
console.log((await client.walk(`/${far}`).view()).length);
await client.close();
await host.close();
