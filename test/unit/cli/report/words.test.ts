/** What a report says in words: faults, Markdown, and texts that mean themselves. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ReportDocument } from '../../../../cli/sim/report/document.ts';
import { markdownOf, spark } from '../../../../cli/sim/report/markdown.ts';
import { marksOf } from '../../../../cli/sim/report/marks.ts';
import { escaped, html, Markup, scriptJson } from '../../../../cli/sim/report/markup.ts';
import type { Incident } from '../../../../sim/index.ts';
import { documentWith } from '../../../support/report-document.ts';

describe('a text in HTML', () => {
  test('has nothing in it that ends an element or an attribute', () => {
    const laws = fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(html`<a title="${text}">${text}</a>`.text.match(/[<>"']/g)).toEqual(
        Array.from('<"">' + '<>'),
      );
    });
    fc.assert(laws, { seed: 1, examples: [['</a><b title="\'&']] });
  });

  test('is what it was once it is read again', () => {
    expect(escaped('a < b & "c"')).toBe('a &#60; b &#38; &#34;c&#34;');
    expect(escaped('a\0b\x1b')).toBe('a\ufffdb\ufffd');
  });

  test('is not escaped again as a piece of another, and nothing leaves nothing', () => {
    const piece = html`<b>${'<'}</b>`;
    expect(html`${[piece, undefined, false, 0, [new Markup('<i>')]]}`.text).toBe(
      '<b>&#60;</b>0<i>',
    );
  });

  test('in a script is JSON that ends no script', () => {
    const laws = fc.property(fc.string({ unit: 'binary' }), (text) => {
      const json = scriptJson([text, '</script>', '<!--']).text;
      expect(json).not.toContain('<');
      expect(JSON.parse(json)[0]).toBe(text);
    });
    fc.assert(laws, { seed: 1 });
  });
});

describe('what went wrong is told as', () => {
  const [at, forUs] = [1e6, 2e6];
  const hosts = ['n1', 'n2', 'n3', 'n4', 'n5', 'n6'];
  const all: readonly (readonly [Incident, string, string])[] = [
    [{ at, type: 'crash', host: 'n1' }, 'crash', 'n1 crashed'],
    [{ at, type: 'dark', host: 'n1' }, 'dark', 'n1 fell silent'],
    [{ at, type: 'leave', host: 'n1' }, 'leave', 'n1 said goodbye'],
    [{ at, type: 'pause', host: 'n1', forUs }, 'pause', 'n1 stood still'],
    [
      { at, type: 'split', groups: [hosts, ['n9']], forUs },
      'cut',
      'cut apart: {n1, n2, n3, n4 and 2 more} {n9} and the rest',
    ],
    [
      { at, type: 'rule', rule: { type: 'cut', from: ['n1'], to: 'any', bothWays: true }, forUs },
      'cut',
      'nothing arrives: n1 from and to all',
    ],
    [
      { at, type: 'rule', rule: { type: 'loss', ratio: 0.05, from: 'any', to: ['n1'] }, forUs },
      'network',
      '5 % of the packets lost: all to n1',
    ],
    [
      {
        ...{ at, type: 'rule', forUs },
        rule: { type: 'delay', minUs: 500, maxUs: 2_000, from: 'any', to: 'any' },
      },
      'network',
      'delayed by 0.5 to 2 ms: all to all',
    ],
    [{ at, type: 'faulty', hosts: ['n1'], forUs }, 'excused', 'n1 may be given up'],
    [
      { at, type: 'clock', host: 'n1', change: { wallMs: -5, rate: 1.01 } },
      'clock',
      'the clock of n1 changed: wallMs -5, rate 1.01',
    ],
    [
      { at, type: 'ailment', host: 'n1', ailment: { type: 'slow-disk', addUs: 9 }, forUs },
      'machine',
      'n1 ailed: slow-disk addUs 9',
    ],
  ];

  test.each(all)('%j: %s, "%s"', (incident, kind, text) => {
    const [mark] = marksOf([{ incident, untilUs: at + forUs }]);
    expect(mark).toEqual({ kind, text, fromUs: at, untilUs: at + forUs });
  });

  test('a text of bounded length, however long names are', () => {
    const groups = [['n'.repeat(10_000)]];
    const [mark] = marksOf([{ incident: { at, type: 'split', groups, forUs }, untilUs: at }]);
    expect(mark?.text.length).toBeLessThan(300);
  });
});

describe('as Markdown', () => {
  const broken: Partial<ReportDocument['report']> = {
    ok: false,
    violations: [{ guarantee: 'G1', at: 1_500_000, message: 'n1 tells of <n2> *still*' }],
    tail: ['one ``` event', 'another'],
  };

  test('a run that holds says so, with its tables and how to see it again', () => {
    const text = markdownOf(documentWith({}));
    expect(text).toMatch(/^# all is well\n\n\*\*Every guarantee held\.\*\*\n/);
    expect(text).toContain('```text\ncircuit sim x.ts --seed 1\n```');
    expect(text).toContain('| G1 | 3 |');
    expect(text).toMatch(/\| Servers up: up \| 1 \| 3 \| 3 \| ▁▅█ \|/);
  });

  test('a run that is broken says what, when, and what came before', () => {
    const text = markdownOf(documentWith({ held: false }, broken));
    expect(text).toContain('**A guarantee is broken.**');
    expect(text).toContain('- G1 at 1.500000 s: n1 tells of &lt;n2\\> \\*still\\*');
    expect(text).toContain('````text\none ``` event\nanother\n````');
  });

  test('a goal that is missed is a failure where goals count', () => {
    const goal = { measure: 'x', statistic: 'max', atMost: 1, unit: 's', figure: 2 } as const;
    const text = markdownOf(
      documentWith({ held: false, goalsCount: true }, { goals: [{ ...goal, reached: false }] }),
    );
    expect(text).toContain('**A goal was not reached.**');
    expect(text).toContain('| x, max, s |  | 1 | 2 | **not reached** |');
  });

  test('no cell breaks its table, and no text is HTML', () => {
    const laws = fc.property(fc.string({ unit: 'binary' }), (name) => {
      const parameters = { [name]: 1 };
      const text = markdownOf(documentWith({}, { parameters, claim: name }));
      expect(text.split('\n').filter((line) => /^\|.*\| 1 \|$/.test(line))).toHaveLength(2);
      expect(text).not.toContain('<');
    });
    fc.assert(laws, { seed: 1, examples: [['a|b'], ['a\nb'], ['<b>'], ['\\|']] });
  });
});

test.each([
  [[0, 1, 2, 3, 4, 5, 6, 7], '▁▂▃▄▅▆▇█'],
  [[5, 5], '▁▁'],
  [[], ''],
  [[-1e308, 1e308], '▁█'],
])('%j is drawn as "%s"', (values, text) => {
  expect(spark(values)).toBe(text);
});
