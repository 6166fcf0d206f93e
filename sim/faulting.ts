/** Makes things go wrong in a cluster, and says so to the truth and to whoever watches. */

import { MS, NEVER, SECOND } from '../src/time.ts';
import type { Ailment } from './ailments.ts';
import { attack as sendJunk } from './attack.ts';
import type { Faulty, Incident } from './incident.ts';
import { Overheard } from './junk.ts';
import type { Machine } from './machine.ts';
import type { ClusterEvent, Node } from './node.ts';
import { mayGiveUp, type Reach } from './reach.ts';
import { partition, type Rule } from './rules.ts';
import { ScenarioError } from './scenario.ts';
import type { Told } from './told.ts';
import { cutOff, type Fault, type Truth } from './truth.ts';
import type { World } from './world.ts';

type FaultOptions = Pick<Fault, 'groups' | 'pair' | 'must'> & {
  readonly forUs: number;
  readonly backWithinUs?: number | undefined;
  /** Since when it is so. Default: now. */
  readonly sinceUs?: number;
};

/** What is wrong from now on. */
type Imposed = Incident extends infer Each
  ? Each extends Incident
    ? Omit<Each, 'at'>
    : never
  : never;

/** In larger clusters links that fail between some and some others excuse nobody. */
const REACH_HOSTS_MAX = 32;
/** For how long a newcomer is no witness; too short for that to excuse anybody by itself. */
const VOICELESS_US = SECOND;
/** What a slow host has not got to after so long makes it as silent as one that stands still. */
const LAG_MAX_US = SECOND;
const LAG_LOOK_US = 100 * MS;

export class Faulting {
  readonly #world: World;
  readonly #truth: Truth;
  readonly #told: Told;
  readonly #present: ReadonlyMap<string, Node>;
  readonly #tell: (event: ClusterEvent) => void;
  /** What ails machines for now. */
  readonly #ailing = new Map<Ailment, Machine>();
  /** Hosts that are faulty for now, and hosts that stand still. */
  readonly #faulty = new Set<readonly string[]>();
  readonly #still = new Set<readonly string[]>();
  /** Host name => what its standing still excuses. */
  readonly #pauses = new Map<string, Fault>();
  /** The rules in force that cut some off: whoever starts meanwhile may reach both sides. */
  readonly #cuts = new Set<Rule>();
  /** observer and subject => the fault that lets the one give up the other. */
  readonly #pairs = new Map<string, Fault>();
  /** observer and subject => since when they do not hear each other reliably. */
  readonly #silentSince = new Map<string, number>();
  #lookingDue = false;

  constructor(
    { world, truth, told }: { readonly world: World; readonly truth: Truth; readonly told: Told },
    present: ReadonlyMap<string, Node>,
    tell: (event: ClusterEvent) => void,
  ) {
    this.#world = world;
    this.#truth = truth;
    this.#told = told;
    this.#present = present;
    this.#tell = tell;
  }

  impose(rule: Rule, forUs = NEVER): void {
    this.#imposed({ type: 'rule', rule, forUs });
    const groups = cutOff(rule, [...this.#present.keys()]);
    if (groups.length > 0) this.#begin({ groups, forUs, must: true });
    this.#rule(rule, forUs);
  }

  split(groups: readonly (readonly string[])[], forUs = NEVER): void {
    this.#imposed({ type: 'split', groups, forUs });
    const named = new Set(groups.flat());
    const rest = [...this.#present.keys()].filter((name) => !named.has(name));
    const sides = rest.length === 0 ? groups : [...groups, rest];
    this.#begin({ groups, forUs, must: true });
    for (const [index, side] of sides.entries()) {
      for (const other of sides.slice(index + 1)) this.#rule(partition(side, other), forUs);
    }
  }

  faulty(which: Faulty): void {
    const { hosts, forUs, must = false, backWithinUs } = which;
    this.#imposed({ type: 'faulty', ...which });
    this.#mark(this.#faulty, hosts, forUs);
    this.#begin({ groups: hosts.map((host) => [host]), forUs, must, backWithinUs });
  }

  pause(node: Node, forUs: number): void {
    const { name } = node.host;
    this.#imposed({ type: 'pause', host: name, forUs });
    this.#mark(this.#still, [name], forUs);
    this.#pauses.set(name, this.#begin({ groups: [[name]], forUs, must: true }));
    node.host.pause(forUs);
  }

  ail(name: string, ailment: Ailment, forUs = NEVER): void {
    const machine = this.#world.network.named(name);
    if (machine === undefined) throw noSuchHost(name);
    this.#imposed({ type: 'ailment', host: name, ailment, forUs });
    // The same object may ail others, or the same one twice.
    const own = { ...ailment };
    machine.ailments.add(own);
    this.#ailing.set(own, machine);
    if (own.type === 'slow') this.#watchLag(machine, undefined);
    if (forUs !== NEVER) this.#world.after(forUs, () => this.#cure(own));
  }

  /** Junk comes from outside, for which nobody is excused. */
  attack(attack: Omit<Extract<Incident, { type: 'junk' }>, 'at' | 'type'>): void {
    const machine = this.#world.network.named(attack.host);
    if (machine === undefined) throw noSuchHost(attack.host);
    const { host, from, junk, salt } = attack;
    this.#imposed({ type: 'junk', host, from, junk, salt });
    // From the first junk on, and not from when it was planned: so a schedule that is played again
    // finds the same to change.
    this.#world.network.overheard ??= new Overheard();
    sendJunk(this.#world, machine, this.#present.get(attack.host)?.id, attack);
  }

  /** Everything is whole from here on. */
  heal(): void {
    this.#world.rules.clear();
    for (const ailment of [...this.#ailing.keys()]) this.#cure(ailment);
    for (const marks of [this.#cuts, this.#faulty, this.#still, this.#pauses]) marks.clear();
    for (const fault of this.#truth.faults) this.#end(fault);
    this.#pairs.clear();
    this.#tell({ type: 'whole' });
  }

  /** To be told of all that happens to servers. */
  hear(event: ClusterEvent): void {
    if (event.type === 'told' && this.#matters) {
      // Who is given up, or back, has lost its voice, or has it again.
      const { type } = event.event;
      if (type === 'joined' || type === 'left') this.#lookLater();
      return;
    }
    if (event.type !== 'started' && event.type !== 'ended') return;
    const { name } = event.node.host;
    if (event.type === 'ended' && this.#silentSince.size > 0) {
      this.#truth.ended(event.node, this.#unheardSince(name));
    }
    const pause = event.type === 'ended' ? this.#pauses.get(name) : undefined;
    if (pause !== undefined) {
      // Whoever runs there next does not stand still.
      for (const hosts of this.#still) if (hosts.includes(name)) this.#still.delete(hosts);
      this.#pauses.delete(name);
      this.#end(pause);
    }
    if (this.#matters) this.#lookLater();
  }

  #imposed(what: Imposed): void {
    this.#tell({ type: 'imposed', incident: { at: this.#world.now, ...what } });
  }

  #begin({ groups, pair, must, forUs, backWithinUs, sinceUs }: FaultOptions): Fault {
    const { now } = this.#world;
    const fault: Fault = {
      ...{ groups, must, backWithinUs, fromUs: sinceUs ?? now, untilUs: now + forUs },
      ...(pair === undefined ? {} : { pair }),
    };
    this.#truth.begin(fault, this.#present.size);
    this.#tell({ type: 'faulted', fault });
    if (forUs !== NEVER) this.#world.after(forUs, () => this.#end(fault));
    return fault;
  }

  #end(fault: Fault): void {
    if (!this.#truth.end(fault)) return;
    this.#tell({ type: 'healed', fault });
    if (fault.pair === undefined && this.#matters) this.#lookLater();
  }

  #rule(rule: Rule, forUs: number): void {
    this.#world.rules.add(rule);
    if (rule.type === 'cut' || rule.type === 'clog') this.#cuts.add(rule);
    if (this.#matters) this.#lookLater();
    if (forUs === NEVER) return;
    this.#world.after(forUs, () => {
      this.#world.rules.remove(rule);
      if (this.#cuts.delete(rule)) this.#lookLater();
    });
  }

  #cure(ailment: Ailment): void {
    this.#ailing.get(ailment)?.ailments.remove(ailment);
    this.#ailing.delete(ailment);
  }

  /** Looks until the machine is slow no more and has done what it was late with. */
  #watchLag(machine: Machine, before: Late | undefined): void {
    const { name } = machine;
    const lagUs = machine.process?.lagUs ?? 0;
    const isLate = lagUs >= LAG_MAX_US && this.#present.has(name);
    let late = before;
    if (isLate && late === undefined) {
      const sinceUs = this.#world.now - lagUs;
      const fault = this.#begin({ groups: [[name]], must: false, forUs: NEVER, sinceUs });
      late = { hosts: [name], fault };
      this.#faulty.add(late.hosts);
      this.#lookLater();
    } else if (!isLate && late !== undefined) {
      this.#faulty.delete(late.hosts);
      this.#end(late.fault);
      late = undefined;
    }
    if (late === undefined && machine.ailments.eventUs === 0 && lagUs === 0) return;
    this.#world.after(LAG_LOOK_US, () => this.#watchLag(machine, late));
  }

  #mark(marks: Set<readonly string[]>, named: readonly string[], forUs: number): void {
    // Marks are told apart by identity.
    const hosts = [...named];
    marks.add(hosts);
    this.#lookLater();
    if (forUs === NEVER) return;
    this.#world.after(forUs, () => {
      if (marks.delete(hosts)) this.#lookLater();
    });
  }

  /** Whether anything is in force that may leave somebody without a majority. */
  get #matters(): boolean {
    return this.#cuts.size > 0 || this.#faulty.size + this.#still.size > 0;
  }

  /** Once all of this moment has happened, looks who is left without a majority. */
  #lookLater(): void {
    if (this.#lookingDue) return;
    this.#lookingDue = true;
    this.#world.after(0, () => {
      this.#lookingDue = false;
      this.#look();
    });
  }

  #look(): void {
    const may = this.#mayGiveUp();
    this.#lookAtNewcomers();
    for (const [key, fault] of this.#pairs) {
      const { observer = '', subject = '' } = fault.pair ?? {};
      if (may.get(observer)?.has(subject) === true) continue;
      this.#pairs.delete(key);
      this.#end(fault);
    }
    for (const [observer, subjects] of may) {
      for (const subject of subjects) {
        const sinceUs = this.#sinceUs(subject);
        const key = `${observer} ${subject}`;
        if (this.#pairs.has(key)) continue;
        const apartSince = this.#truth.apartSince(observer, subject);
        if (apartSince !== undefined && apartSince <= sinceUs) continue;
        const pair = { observer, subject };
        this.#pairs.set(key, this.#begin({ groups: [], pair, must: false, forUs: NEVER, sinceUs }));
      }
    }
  }

  /** Looks again once newcomers have a voice. */
  #lookAtNewcomers(): void {
    const { now } = this.#world;
    for (const { joinedAt } of this.#present.values()) {
      const at = (joinedAt ?? 0) + VOICELESS_US;
      if (at > now && this.#matters) this.#world.at(at, () => this.#lookLater());
    }
  }

  /** observer => whom it may tell to be gone, beyond what each fault excuses by itself. */
  #mayGiveUp(): ReadonlyMap<string, ReadonlySet<string>> {
    const hosts = [...this.#present.keys()];
    if (hosts.length > REACH_HOSTS_MAX || !this.#matters) {
      this.#silentSince.clear();
      return new Map();
    }
    const { rules, network } = this.#world;
    const indexOf = (name: string) => network.named(name)?.index ?? 0;
    const reach: Reach = {
      hosts,
      cut: (from, to) => rules.silent(indexOf(from), indexOf(to)),
      faulty: (host) => isIn(this.#faulty, host),
      still: (host) => isIn(this.#still, host),
      knows: (observer, subject) => this.#knows(observer, subject),
    };
    this.#listen(reach);
    return mayGiveUp(reach);
  }

  /** Notes since when who does not hear whom. */
  #listen(reach: Reach): void {
    for (const a of reach.hosts) {
      for (const b of reach.hosts) {
        const ails = [a, b].some((host) => reach.faulty(host) || reach.still(host));
        const isSilent = a !== b && (ails || reach.cut(a, b) || reach.cut(b, a));
        const key = `${a} ${b}`;
        if (!isSilent) this.#silentSince.delete(key);
        else if (!this.#silentSince.has(key)) this.#silentSince.set(key, this.#world.now);
      }
    }
  }

  /** Since when somebody does not hear that one. */
  #sinceUs(subject: string): number {
    let since = this.#world.now;
    for (const observer of this.#present.keys()) {
      since = Math.min(since, this.#silentSince.get(`${observer} ${subject}`) ?? since);
    }
    return since;
  }

  /** observer => since when it does not hear that one: now, for those that do. */
  #unheardSince(subject: string): Map<string, number> {
    const found = new Map<string, number>();
    for (const observer of this.#present.keys()) {
      if (observer === subject) continue;
      found.set(observer, this.#silentSince.get(`${observer} ${subject}`) ?? this.#world.now);
    }
    return found;
  }

  #knows(observer: string, subject: string): boolean {
    const [a, b] = [this.#present.get(observer), this.#present.get(subject)];
    if (a === undefined || b === undefined || !this.#told.has(a, b)) return false;
    // A newcomer cannot yet say that another one is well.
    return a === b || this.#world.now - (b.joinedAt ?? this.#world.now) >= VOICELESS_US;
  }
}

/** A slow host that is late, and what that excuses. */
interface Late {
  readonly hosts: readonly string[];
  readonly fault: Fault;
}

function isIn(marks: Iterable<readonly string[]>, host: string): boolean {
  for (const hosts of marks) if (hosts.includes(host)) return true;
  return false;
}

/** A mistake of a scenario that a machine finds: it names a host that never was. */
export function noSuchHost(name: string): ScenarioError {
  return new ScenarioError(
    `there was never a host "${name}": a server must be started there first`,
  );
}
