/** Questions to a DNS server, asked with dig, and what it prints, in parts. */

import { execa } from 'execa';

export interface Dug {
  /** NOERROR, NXDOMAIN and so on; undefined without an answer. */
  readonly status: string | undefined;
  readonly flags: readonly string[];
  readonly question: string;
  /** Records with one space between their parts. */
  readonly answer: readonly string[];
  readonly authority: readonly string[];
  readonly additional: readonly string[];
  /** The line about EDNS, if there is one. */
  readonly edns: string | undefined;
  readonly bytes: number;
  readonly by: string | undefined;
  /** All that it printed. */
  readonly text: string;
}

/** Asks once, and waits for seconds. `more` are further words of dig's command line. */
export async function dig(address: string, ...more: readonly string[]): Promise<Dug> {
  const [host, port] = address.split(':') as [string, string];
  const words = [`@${host}`, '-p', port, '+tries=1', '+time=10', ...more];
  const { stdout } = await execa('dig', words, { reject: false });
  const section = (name: string) =>
    (new RegExp(`;; ${name} SECTION:\\n((?:.+\\n?)*)`).exec(stdout)?.[1] ?? '')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.replace(/[\t ]+/g, ' '));
  return {
    status: /status: ([A-Z0-9]+)/.exec(stdout)?.[1],
    flags: (/;; flags: ([a-z ]*);/.exec(stdout)?.[1] ?? '').split(' '),
    question: section('QUESTION').join('\n'),
    answer: section('ANSWER'),
    authority: section('AUTHORITY'),
    additional: section('ADDITIONAL'),
    edns: /; EDNS: (.*)/.exec(stdout)?.[1],
    bytes: Number(/MSG SIZE {2}rcvd: (\d+)/.exec(stdout)?.[1] ?? 0),
    by: /SERVER: .*\((UDP|TCP)\)/.exec(stdout)?.[1],
    text: stdout,
  };
}
