/** JSON as TypeScript, laid out as a formatter would. */

const WIDTH = 100;
const INDENT = '  ';

/** On one line when that is short enough. `used`: columns of the first line that are taken. */
export function literal(value: unknown, indent = '', used = 34): string {
  const flat = flatLiteral(value);
  if (typeof value !== 'object' || value === null) return flat;
  // The outermost object is a list of options, one on each line.
  const fits = indent.length + used + flat.length <= WIDTH;
  if (fits && indent !== '') return flat;
  const inner = indent + INDENT;
  if (Array.isArray(value)) {
    const items = value.map((item) => `${inner}${literal(item, inner, 1)},\n`);
    return items.length === 0 ? '[]' : `[\n${items.join('')}${indent}]`;
  }
  const fields = Object.entries(value).map(([name, field]) => {
    const key = keyOf(name);
    return `${inner}${key}: ${literal(field, inner, key.length + 3)},\n`;
  });
  return fields.length === 0 ? '{}' : `{\n${fields.join('')}${indent}}`;
}

function flatLiteral(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(flatLiteral).join(', ')}]`;
  const fields = Object.entries(value).map(
    ([name, field]) => `${keyOf(name)}: ${flatLiteral(field)}`,
  );
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}

function keyOf(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name);
}

function quoted(text: string): string {
  const inner = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"');
  return inner.includes("'") && !inner.includes('"')
    ? `"${inner}"`
    : `'${inner.replaceAll("'", "\\'")}'`;
}
