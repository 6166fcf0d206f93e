/** What is given as JSON and checked field by field, as mkproc, mkdkr and mkselect have it. */

import { badArgument } from '../errors.ts';

/** `what` is what it says, for people. Throws BAD_ARGUMENT. */
export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badArgument(`${what} is not JSON`);
  }
}

/** The fields of an object by their right names; they may be written in any case. */
export function fieldsOf<N extends string>(
  json: unknown,
  { what, example, names }: { what: string; example: string; names: readonly N[] },
): ReadonlyMap<N, unknown> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw badArgument(`a ${what} is a JSON object such as ${example}`);
  }
  const fields = new Map<N, unknown>();
  for (const [key, value] of Object.entries(json)) {
    const name = names.find((each) => each.toLowerCase() === key.toLowerCase());
    if (name === undefined) {
      throw badArgument(
        `the ${what} has an unknown field "${key}"; it may have ${names.join(', ')}`,
      );
    }
    fields.set(name, value);
  }
  return fields;
}

export function plainText(name: string, value: unknown): string {
  if (typeof value !== 'string') throw badArgument(`the field ${name} is a string`);
  if (value.includes('\0')) throw badArgument(`the field ${name} may not hold a zero byte`);
  return value;
}

export function textList(name: string, value: unknown): readonly string[] | null {
  if (value === undefined || value === null) return null;
  if (!Array.isArray(value)) throw badArgument(`the field ${name} is a list of strings`);
  return value.map((entry) => plainText(`${name}[]`, entry));
}

/** `KEY=VALUE` each. */
export function environment(value: unknown): readonly string[] | null {
  const env = textList('Env', value);
  for (const entry of env ?? []) {
    if (!entry.includes('='))
      throw badArgument(`the entry "${entry}" of Env is not of the form KEY=VALUE`);
  }
  return env;
}

export function flag(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw badArgument(`the field ${name} is true or false`);
  return value;
}

/** A whole number from 0 to `max`. */
export function count(name: string, value: unknown, max: number): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= max) {
    return value as number;
  }
  throw badArgument(`the field ${name} is a whole number from 0 to ${max}`);
}
