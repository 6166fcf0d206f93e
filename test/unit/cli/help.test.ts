/** What the help says of each command, which is what it is known by. */

import { expect, test } from 'vitest';
import { commands } from '../../../cli/table.ts';
import { describe as described } from '../../../cli/usage.ts';
import { invocations } from '../../support/readme.ts';

const names = Object.keys(commands);

async function helpOn(name: string) {
  return described(await (commands[name] as NonNullable<(typeof commands)[string]>)());
}

test.each(names)('%s is described, in a category, with an example', async (name) => {
  const { category, description, usage, examples } = await helpOn(name);
  expect(category).not.toBe('');
  expect(description).toMatch(/^[a-z].*[^.]$/);
  expect(usage).toMatch(new RegExp(`^circuit ${name} \\[OPTIONS\\]( |$)`));
  expect(examples.length).toBeGreaterThan(0);
  for (const { about, command } of examples) {
    expect(about).not.toBe('');
    expect(command).toContain(name);
  }
});

test.each(names)('every option of %s is described', async (name) => {
  for (const option of (await helpOn(name)).options) {
    expect(option.description, option.names.join()).not.toBe('');
  }
});

test.each(names)(
  'the examples of %s name only commands and options that there are',
  async (name) => {
    const { examples } = await helpOn(name);
    const typed = examples.flatMap(({ command }) => invocations(`\`${command}\``));
    expect(typed.length).toBeGreaterThanOrEqual(examples.length);
    for (const [used = '', ...args] of typed) {
      expect(names).toContain(used);
      const known = (await helpOn(used)).options.flatMap((option) => option.names);
      for (const arg of args.filter((each) => /^--?[a-z]/.test(each))) expect(known).toContain(arg);
    }
  },
);
