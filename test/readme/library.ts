import { connect } from 'circuit';
import { nodeHost } from 'circuit/transport';

const url = process.argv[2] ?? '';
const host = await nodeHost({ client: true });
await using client = await connect(host, url, { timeoutMs: 5_000 });

// Any server of the circuit, through the one that we dialled.
const [server] = await client.servers();
const jobs = await client.walk(`/${server}/example/jobs`).makeChan(10);
await jobs.send('one\n');
await jobs.send('two\n');
await jobs.close();

const worker = await client.walk(`/${server}/example/worker`).makeProc({ Path: '/bin/cat' });
const input = worker.stdin();
for await (const job of jobs) await input.write(job);
await input.end();
for await (const chunk of worker.stdout()) process.stdout.write(chunk);

const { Exit } = await worker.wait({ timeoutMs: 5_000 });
console.log(Exit === null ? 'done' : Exit.Message);
