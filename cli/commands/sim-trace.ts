/** `circuit sim trace`: looks into the trace of a run. */

import { Command, Option } from 'clipanion';
import { CircuitError } from '../../src/index.ts';
import { print } from '../output.ts';
import { secondsOf } from '../seconds.ts';
import { simulator } from '../sim/door.ts';
import { filterOf } from '../sim/trace/filter.ts';
import type { TraceHeader, TraceRecord } from '../sim/trace/format.ts';
import { type OpenTrace, openTrace } from '../sim/trace/reading.ts';
import { whatLed } from '../sim/trace/slice.ts';
import { summaryLines } from '../sim/trace/summary.ts';
import { newsLines, newsOf } from '../sim/trace/told-tree.ts';
import { Words } from '../sim/trace/words.ts';
import type { Context } from '../usage.ts';

/** Lines that are printed at a time. */
const linesAtOnce = 1_000;
const secondsMax = 1e9;

export class SimTraceCommand extends Command<Context> {
  static override paths = [['sim', 'trace']];
  static override usage = Command.Usage({
    category: 'Simulation',
    description: 'look into the trace of a run that "circuit sim" wrote',
    details: `
      Without options it says what the run was and, when a guarantee broke, what led there. With
      some, it prints every line that all of them ask for, such as one server's view of the events.

      The file is gzipped lines of JSON: a header, and lists that begin with "e" for an event, "n"
      for a note and "t" for what a server told.
    `,
    examples: [
      ['What led to the violation', '$0 sim trace circuit-traces/churn-7.trace.gz'],
      ['What n3 saw in a second', '$0 sim trace FILE --server n3 --from 12 --to 13'],
      ['What servers told', '$0 sim trace FILE --kind told'],
      ['How the news of n4 went from server to server', '$0 sim trace FILE --told n4'],
    ],
  });

  servers = Option.Array('--server', [], { description: 'Only what happens on it; repeatable' });
  kinds = Option.Array('--kind', [], {
    description: 'Only events of a kind, such as datagram, note or told; repeatable',
  });
  guarantee = Option.String('--guarantee', {
    description: 'What led to its violation, such as G4; the first violation when left out',
  });
  from = Option.String('--from', { description: 'Since that virtual second' });
  to = Option.String('--to', { description: 'Until that virtual second' });
  told = Option.String('--told', {
    description: 'A host, or the id of a server: who told whom that it had joined or left',
  });
  incidents = Option.Boolean('--incidents', false, { description: 'What went wrong, and when' });
  json = Option.Boolean('--json', false, { description: 'Print one JSON object on each line' });
  file = Option.String({ name: 'FILE', required: true });

  async execute(): Promise<number> {
    const trace = await openTrace(this.file);
    const { header } = trace;
    if (this.incidents) {
      const { describeIncident } = await simulator();
      await this.#print(header.incidents.map((each) => [describeIncident(each), each]));
    } else if (this.told !== undefined) {
      const news = await newsOf(this.told, header, trace.records);
      await this.#print(news.map((each) => [newsLines(each).join('\n'), each]));
    } else if (this.#asksForLines()) await this.#lines(trace);
    else await this.#summary(trace);
    return 0;
  }

  #asksForLines(): boolean {
    const { servers, kinds, from, to } = this;
    return servers.length > 0 || kinds.length > 0 || from !== undefined || to !== undefined;
  }

  async #summary({ header, records }: OpenTrace): Promise<void> {
    const about = this.#violated(header);
    const led = await whatLed({ ...header, violations: about }, records);
    if (this.json) {
      await print(`${JSON.stringify({ ...header, led })}\n`);
      return;
    }
    const because = led.length === 0 ? [] : ['', 'what led there:', ...led];
    await print(`${[...summaryLines(header), ...because].join('\n')}\n`);
  }

  #violated({ violations }: TraceHeader): TraceHeader['violations'] {
    const { guarantee } = this;
    if (guarantee === undefined) return violations;
    const found = violations.filter(
      (each) => each.guarantee === guarantee || each.guarantee.startsWith(`${guarantee} `),
    );
    if (found.length > 0) return found;
    const broken = [...new Set(violations.map((each) => each.guarantee))].join(', ');
    throw new CircuitError(
      'BAD_ARGUMENT',
      `${guarantee} is not broken in this trace; ${broken === '' ? 'nothing is' : `broken: ${broken}`}`,
    );
  }

  async #lines({ header, records }: OpenTrace): Promise<void> {
    const at = (name: string, text: string | undefined, otherwise: number) =>
      text === undefined ? otherwise : secondsOf(text, { name, min: 0, max: secondsMax }) * 1e6;
    const { servers, kinds } = this;
    const fromUs = at('--from', this.from, 0);
    const toUs = at('--to', this.to, Number.POSITIVE_INFINITY);
    const asked = filterOf(header, { servers, kinds, fromUs, toUs });
    const words = new Words(header);
    let batch: [string, object][] = [];
    for await (const record of records) {
      if (record.at > toUs) break;
      if (!asked(record)) continue;
      batch.push([words.line(record), named(record, words)]);
      if (batch.length < linesAtOnce) continue;
      await this.#print(batch);
      batch = [];
    }
    await this.#print(batch);
  }

  async #print(lines: readonly (readonly [string, object])[]): Promise<void> {
    if (lines.length === 0) return;
    const texts = lines.map(([text, object]) => (this.json ? JSON.stringify(object) : text));
    await print(`${texts.join('\n')}\n`);
  }
}

/** The numbers of a line as names, for programs. */
function named(record: TraceRecord, words: Words): object {
  const { at } = record;
  const sender = words.sender(record);
  const from = sender === undefined ? {} : { from: words.host(sender) };
  switch (record.type) {
    case 'event': {
      const { actor, a, b } = record;
      return { at, kind: words.kind(record), host: words.host(actor), ...from, a, b };
    }
    case 'note':
      return { at, kind: 'note', host: words.host(record.actor), text: record.text };
    case 'told': {
      const { observer, subject, start, incarnation, change } = record;
      const who = { host: words.host(observer), change, subject: words.host(subject) };
      return { at, kind: 'told', ...who, start, incarnation, ...from };
    }
  }
}
