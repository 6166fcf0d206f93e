import { Command, Option } from 'clipanion';
import {
  CircuitError,
  type Level,
  type Profile,
  parseAddress,
  parseCircuitName,
  parseCircuitUrl,
  profiles,
} from '../../src/index.ts';
import { CircuitCommand } from '../command.ts';
import { groupOf } from '../dial.ts';
import { jsonText } from '../format.ts';
import { addressOf } from '../interface.ts';
import { keyFileOf } from '../keys.ts';
import { levels } from '../levels.ts';
import { limitsOf } from '../limits.ts';
import { write } from '../output.ts';
import { isBrokenPipe } from '../report.ts';
import { secondsOf } from '../seconds.ts';
import { type ServeOptions, serve } from '../serve.ts';
import type { Signals } from '../signals.ts';

export class StartCommand extends CircuitCommand {
  static override paths = [['start']];
  static override usage = Command.Usage({
    category: 'Servers',
    description: 'start a server, and print its URL once it is ready',
    details: `
      Prints one line on standard output, the URL to dial the server by, once it listens and, with
      \`-j\`, has joined. Everything else goes to standard error. Without \`-a\` and \`-if\` it
      listens on loopback, any free port.

      The server named by \`-j\` may be starting, or busy with others: while it cannot be reached it
      is tried again, for 10 s or as \`--timeout\` says, and then \`start\` fails with the reason. It
      fails at once when it would not help to try again: the URL is of a server that is gone, or of
      one of another circuit.

      With \`-discover\`, or CIRCUIT_DISCOVER, servers find each other by UDP multicast on the network
      of the address that they listen on, started in any order, at once or hours apart; with \`-j\` as
      well, both happen. Give each circuit an address of its own.

      Servers of circuits with different names refuse each other, so that two circuits never become
      one by mistake: give all servers of a circuit the same \`--name\`. Without it, a circuit has the
      empty name, which is different from all others.

      \`--profile\` says how far apart the servers are: \`lan\`, the default, for hosts in one place,
      \`wan\` for hosts far from each other, \`local\` for servers on one machine. Give all servers of a
      circuit the same one.

      With \`-docker\` containers may be run, which takes a Docker engine that answers: otherwise
      \`start\` fails at once.

      Processes and containers end with their server: they get TERM, and KILL after 5 s. When it is
      killed itself, its processes are killed too; containers run on then. What a process starts ends
      with it, unless it leaves its group with \`setsid\`. With \`--orphans\` all of them run on.

      With \`-hmac FILE\`, or CIRCUIT_HMAC, only those who have a key of the file can do anything, and
      all traffic is encrypted; \`circuit keygen\` makes a key. Without, anybody who can reach the
      address can run programs there. HUP makes it read the file again. See docs/security.md.

      TERM or INT make it leave its circuit and end, with exit code 0. It takes no new calls then;
      those that wait are told that it leaves, and what moves, such as output that is read, may go
      on for as long as \`--drain\` says. A second signal ends it at once, with 143 for TERM and 130
      for INT. HUP does as TERM where there are no keys. A start that fails ends with the code of
      its error, such as 2 or 13. See docs/operations.md.

      With \`-var DIR\` the URL is also in the file DIR/address, for CIRCUIT, while it serves.
    `,
    examples: [
      ['A first server', '$0 start -a 10.0.0.1:11022'],
      [
        'With fewer clients, and less memory for messages',
        '$0 start --limit clientsMax=100 --limit heldBytesMax=64MiB',
      ],
      ['Servers that find each other', '$0 start -if eth0 -discover 228.8.8.8:7711'],
      ['A second one', '$0 start -a 10.0.0.2:11022 -j circuit://10.0.0.1:11022'],
    ],
  });

  addr = Option.String('-a,--addr', { description: 'Address to listen on; port 0: any free one' });
  interfaceName = Option.String('-if,--if', {
    description: 'Network interface to listen on, any free port',
  });
  join = Option.Array('-j,--join', [], {
    description: 'URL of a server to join; of several, the first that answers',
  });
  circuitName = Option.String('--name', {
    description: 'Name of the circuit: 1 to 64 letters, digits, "-", "_", "."; default: none',
  });
  profile = Option.String('--profile', 'lan', {
    description: 'How far apart the servers are: lan, wan or local',
  });
  varDir = Option.String('-var,--var', { description: 'Directory for files; of one server only' });
  drain = Option.String('--drain', '5', {
    description: 'SECONDS that what moves may go on for when the server leaves; default: 5',
  });
  docker = Option.Boolean('-docker,--docker', false, {
    description: 'Allow containers, of the Docker engine of this machine or of DOCKER_HOST',
  });
  orphans = Option.Boolean('--orphans', false, {
    description: 'Leave processes and containers running when the server ends',
  });
  limit = Option.Array('--limit', [], {
    description: 'NAME=VALUE, for each limit that is to differ; see "circuit limits"',
  });
  log = Option.String('--log', {
    description: 'Log events from LEVEL on as JSON lines: debug, info, warn or error',
  });

  async execute(): Promise<number> {
    const options: ServeOptions = {
      address: this.#address(),
      discover: groupOf(this.discover),
      join: this.join.map((url) => parseCircuitUrl(url)),
      circuit: this.circuitName === undefined ? undefined : parseCircuitName(this.circuitName),
      profile: this.#profile(),
      drainSeconds: secondsOf(this.drain, { name: '--drain', min: 0, max: 86_400 }),
      timeoutSeconds: this.timeoutSeconds,
      storageDir: this.#directory(),
      keyFile: keyFileOf(this.hmac),
      docker: this.docker,
      orphans: this.orphans,
      limits: limitsOf(this.limit),
      logLevel: this.#logLevel(),
      ready: async ({ id, url }) => {
        const line = this.json
          ? jsonText({ url, id, pid: process.pid }, { json: true })
          : `${url}\n`;
        // Not at once: whoever does not read it does not stop us.
        await write(new TextEncoder().encode(line)).catch((error) => {
          if (!isBrokenPipe(error)) throw error; // Nobody wants to know it: we serve all the same.
        });
      },
    };
    return await serve(options, this.context.signals as Signals);
  }

  #address() {
    if (this.addr !== undefined && this.interfaceName !== undefined) {
      throw new CircuitError('BAD_ARGUMENT', 'give -a or -if, not both');
    }
    if (this.interfaceName !== undefined) return addressOf(this.interfaceName);
    const address = parseAddress(this.addr ?? '127.0.0.1:0');
    if (/^(0\.0\.0\.0|\[[0:]+\]):/.test(address)) {
      throw new CircuitError(
        'BAD_ARGUMENT',
        `others cannot dial ${address}: listen on one address of this machine, or use -if`,
      );
    }
    return address;
  }

  #directory(): string | undefined {
    if (this.varDir !== '') return this.varDir;
    throw new CircuitError(
      'BAD_ARGUMENT',
      '-var names no directory; without it, no files are kept',
    );
  }

  #profile(): Profile {
    if (Object.hasOwn(profiles, this.profile))
      return profiles[this.profile as keyof typeof profiles];
    throw new CircuitError(
      'BAD_ARGUMENT',
      `--profile ${this.profile} is not a profile: it is ${Object.keys(profiles).join(', ')}`,
    );
  }

  #logLevel(): Level | undefined {
    if (this.log === undefined || levels.includes(this.log)) return this.log as Level;
    throw new CircuitError(
      'BAD_ARGUMENT',
      `--log ${this.log} is not a level: it is ${levels.slice(0, -1).join(', ')} or error`,
    );
  }
}
