/**
 * A program: a client that does one thing and says how far it is, a line at a time. The test kills
 * it in the midst of that. Arguments: URL, what to do, path, and what that needs more.
 */

import { connect } from '../../src/index.ts';
import { nodeHost } from '../../transport/index.ts';

const [url = '', act = '', path = '/', argument = ''] = process.argv.slice(2);
const client = await connect(await nodeHost({ client: true }), url);
const anchor = client.walk(path);
const say = (line: string) => process.stdout.write(`${line}\n`);
const forever = () => new Promise<never>(() => {});
process.stdin.on('end', () => process.exit(0)).resume();

const acts: Record<string, () => Promise<void>> = {
  /** Receives one message after another and says each. */
  async receive() {
    say('ready');
    for (;;) say(`got ${await anchor.chan().receiveText()}`);
  },
  /** Receives the beginning of a message and then reads no more. */
  async receiveSome() {
    say('ready');
    for await (const part of await anchor.chan().receiveStream()) {
      say(`part ${part.length}`);
      await forever();
    }
  },
  /** Sends one message, which nobody may want yet. */
  async send() {
    say('ready');
    await anchor.chan().send(argument);
    say('sent');
  },
  /** Sends half a message. */
  async sendHalf() {
    say('ready');
    const sink = await anchor.chan().sendStream();
    await sink.write(new Uint8Array(Number(argument)).fill(7));
    say('half');
    await forever();
  },
  /** Reads so many bytes of standard output, uses them up, and then reads no more. */
  async stdout() {
    say('ready');
    let rest = Number(argument);
    const used: Uint8Array[] = [];
    for await (const chunk of anchor.proc().stdout()) {
      if (rest <= 0) {
        // Once the server answers what was said later, it knows what was used up.
        await client.servers();
        say(`used ${Buffer.concat(used).toString('base64')}`);
        await forever();
      }
      used.push(chunk);
      rest -= chunk.length;
    }
    say('end');
  },
};

await acts[act]?.();
