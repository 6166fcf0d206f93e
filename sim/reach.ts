/**
 * Who may come to be given up when links between some servers fail, and by whom.
 *
 * A server is given up by the majority of those of its observers that answer, and in a small circuit
 * all are observers of all. So a link that fails excuses nobody while there are enough others; but
 * many that fail together, or a server that most cannot hear, may end in a removal, which is news for
 * all that the accuser reaches. One that is itself left with a minority may give up whom it does not
 * hear, and keeps that to itself. In a large circuit the observers are few of many, and chance may make
 * a fifth of all a majority of them.
 */

/** What is wrong between the hosts, as far as it matters here. */
export interface Reach {
  readonly hosts: readonly string[];
  /** Whether nothing that the one sends arrives at the other. */
  cut(from: string, to: string): boolean;
  /** Who answers and hears not reliably: it may accuse anybody, and be accused. */
  faulty(host: string): boolean;
  /** Who stands still: it has no voice. */
  still(host: string): boolean;
  /** Whether the one tells of the other as present: none but those has a voice for it. */
  knows(observer: string, subject: string): boolean;
}

/** Up to so many servers each observes each other one. */
const ALL_OBSERVE_MAX = 11;
/** Accusers, as a share of those who can contradict, that may be a majority of the observers. */
const SHARE_OF_MANY = 0.25;

/** observer => whom it may tell to be gone, where it has reason. */
export function mayGiveUp(reach: Reach): Map<string, Set<string>> {
  const { hosts } = reach;
  const linked = hosts.map((a) => hosts.map((b) => !reach.cut(a, b) && !reach.cut(b, a)));
  const found = new Map<string, Set<string>>();
  for (const part of partsOf(linked)) {
    // One that nobody answers keeps to itself what it makes of that.
    const accusers = part.filter((p) => part.length === 1 || isSound(reach, p));
    for (const [subject, name] of hosts.entries()) {
      const isDoubted = accusers.some((p) => p !== subject && doubts(reach, linked, p, subject));
      if (!isDoubted) continue;
      for (const observer of part) if (observer !== subject) allow(found, hosts, observer, name);
    }
  }
  for (const [observer, links] of linked.entries()) {
    const heard = links.filter((isLinked, other) => isLinked && other !== observer).length;
    if (2 * heard >= hosts.length - 1) continue;
    for (const [subject, name] of hosts.entries()) {
      if (links[subject] !== true && subject !== observer) allow(found, hosts, observer, name);
    }
  }
  return found;
}

function allow(
  found: Map<string, Set<string>>,
  hosts: readonly string[],
  observer: number,
  subject: string,
): void {
  const host = hosts[observer] as string;
  const subjects = found.get(host) ?? new Set();
  found.set(host, subjects.add(subject));
}

function isSound(reach: Reach, index: number): boolean {
  const host = reach.hosts[index] as string;
  return !reach.faulty(host) && !reach.still(host);
}

/** Whether a majority of those that answer `p` may hold the subject for gone. */
function doubts(
  reach: Reach,
  linked: readonly (readonly boolean[])[],
  p: number,
  subject: number,
): boolean {
  let against = 0;
  let contradict = 0;
  let known = 0;
  const subjectIsSound = isSound(reach, subject);
  for (const q of reach.hosts.keys()) {
    const isItself = q === p;
    if (!isItself && !reach.knows(reach.hosts[p] as string, reach.hosts[q] as string)) continue;
    known++;
    if (q === subject || reach.still(reach.hosts[q] as string)) continue;
    if (!isItself && linked[p]?.[q] !== true) continue;
    const isFaulty = reach.faulty(reach.hosts[q] as string);
    if (linked[q]?.[subject] === true && subjectIsSound && !isFaulty) contradict++;
    else against++;
  }
  return against > contradict * (known <= ALL_OBSERVE_MAX ? 1 : SHARE_OF_MANY);
}

/** Sets of hosts that are linked, if only by others. */
function partsOf(linked: readonly (readonly boolean[])[]): number[][] {
  const left = new Set(linked.keys());
  const parts: number[][] = [];
  for (const first of left) {
    const part = [first];
    left.delete(first);
    for (const host of part) {
      for (const other of left) {
        if (linked[host]?.[other] !== true) continue;
        left.delete(other);
        part.push(other);
      }
    }
    parts.push(part);
  }
  return parts;
}
