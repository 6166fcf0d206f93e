/**
 * A program: attacks a server, in a process of its own. Its one argument is an `Orders` in JSON. It
 * says `ready`; then each line `on` or `off` of its standard input switches the attacks, and each
 * line is answered by what they did so far, in JSON. It ends with its standard input.
 */

import { createInterface } from 'node:readline';
import { SimRandom } from '../../sim/random.ts';
import { parseCircuitUrl, splitAddress } from '../../src/id.ts';
import { readKeys } from '../../transport/index.ts';
import type { Attack, Named, SeenKey } from './attacks/attack.ts';
import { type AttackName, attacks } from './attacks/index.ts';

/** What an attacker is told to do. */
export interface Orders {
  readonly victim: Named;
  readonly peers: readonly Named[];
  readonly attacks: readonly Order[];
  readonly seed: string;
  /** Of a circuit with keys: what anybody sees of the first. */
  readonly key?: SeenKey;
  /** The key file of the circuit, for an attacker who has it. */
  readonly keyFile?: string;
}

/** One attack: `rate` times a second, `count` at a time. */
export interface Order {
  readonly attack: AttackName;
  readonly rate: number;
  readonly count: number;
}

const orders = JSON.parse(process.argv[2] as string) as Orders;
const { host, port } = splitAddress(parseCircuitUrl(orders.victim.url).address);
const keys = orders.keyFile === undefined ? undefined : await readKeys(orders.keyFile);
const all: Attack[] = [];
for (const { attack, rate, count } of orders.attacks) {
  const random = new SimRandom(`${orders.seed} ${attack}`);
  const { victim, peers, key } = orders;
  const target = { ...victim, host, port, peers, rate, count, random, key, keys };
  all.push(await attacks[attack](target));
}
console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'on') await Promise.all(all.map((attack) => attack.on()));
  if (line === 'off') await Promise.all(all.map((attack) => attack.off()));
  console.log(JSON.stringify(Object.assign({}, ...all.map(({ counts }) => counts))));
}
process.exit(0);
