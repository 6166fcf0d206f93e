/** HTML as text in which nothing stands unescaped that was not written here. */

/** Text that is HTML already. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

/** What may stand in HTML: texts and numbers are escaped, nothing and `false` leave nothing. */
export type Content = Markup | string | number | false | undefined | readonly Content[];

/** A piece of HTML: what is put into it is escaped, unless it is a piece itself. */
export function html(pieces: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  let text = pieces[0] ?? '';
  for (const [index, content] of contents.entries()) {
    text += textOf(content) + (pieces[index + 1] ?? '');
  }
  return new Markup(text);
}

/** A text so that it means itself in HTML, in an element as in a quoted attribute. */
export function escaped(text: string): string {
  // Of control characters some are no characters of HTML at all.
  return text
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/g, '\ufffd')
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** JSON that may stand in a script element. */
export function scriptJson(value: unknown): Markup {
  const text = JSON.stringify(value);
  return new Markup(
    text.replaceAll('<', '\\u003c').replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029'),
  );
}

function textOf(content: Content): string {
  if (content === undefined || content === false) return '';
  if (content instanceof Markup) return content.text;
  if (typeof content === 'object') return content.map(textOf).join('');
  return escaped(String(content));
}
