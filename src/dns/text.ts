/**
 * The syntax of zone files (RFC 1035, section 5.1), as far as one record needs it: words and quoted
 * strings, `\X` and `\DDD` for octets that would mean something else, comments after `;`, and
 * parentheses within which lines may break. What is not ASCII stands for its UTF-8.
 */

import { badArgument } from '../errors.ts';

/** One octet of a text; `escaped` when it stood behind a backslash and means itself. */
export interface Octet {
  readonly code: number;
  readonly escaped: boolean;
}

/** A word or a quoted string, with its escapes as they were written. */
export interface Word {
  readonly text: string;
  readonly quoted: boolean;
}

const utf8 = new TextEncoder();

/** A text as it may stand in a message to a person. */
export function quote(text: string): string {
  return `"${text.length > 60 ? `${text.slice(0, 60)}...` : text}"`;
}

/** Resolves the escapes. Throws BAD_ARGUMENT. */
export function octetsOf(text: string): Octet[] {
  const octets: Octet[] = [];
  for (let at = 0; at < text.length; ) {
    if (text[at] === '\\') {
      const digits = /^\\(\d{3})/.exec(text.slice(at, at + 4))?.[1];
      const code = digits === undefined ? text.charCodeAt(at + 1) : Number(digits);
      if (!(code <= 255) || (digits === undefined && /\d/.test(text[at + 1] as string))) {
        throw badArgument(
          `the backslash in ${quote(text)} needs three digits up to 255, or a character`,
        );
      }
      octets.push({ code, escaped: true });
      at += digits === undefined ? 2 : 4;
      continue;
    }
    const code = text.codePointAt(at) as number;
    const character = String.fromCodePoint(code);
    for (const octet of code < 128 ? [code] : utf8.encode(character)) {
      octets.push({ code: octet, escaped: false });
    }
    at += character.length;
  }
  return octets;
}

/** Octets as text: printable ASCII as it is, `special` behind a backslash, all else as `\DDD`. */
export function escaped(octets: Iterable<number>, special: string): string {
  let text = '';
  for (const code of octets) {
    const character = String.fromCharCode(code);
    if (code < 32 || code > 126) text += `\\${String(code).padStart(3, '0')}`;
    else if (special.includes(character)) text += character === ' ' ? '\\032' : `\\${character}`;
    else text += character;
  }
  return text;
}

/** The words of one record, to be taken one after the other. Throws BAD_ARGUMENT. */
export class Words {
  readonly #words: readonly Word[];
  #next = 0;

  constructor(text: string) {
    this.#words = wordsOf(text);
  }

  get left(): number {
    return this.#words.length - this.#next;
  }

  peek(): Word | undefined {
    return this.#words[this.#next];
  }

  /** The next word; `what` says what is missing where there is none. */
  take(what: string): Word {
    const word = this.#words[this.#next++];
    if (word === undefined) throw badArgument(`the record ends where ${what} is expected`);
    return word;
  }
}

function wordsOf(text: string): Word[] {
  const words: Word[] = [];
  const piece = /[ \t\r]+|;[^\n]*|(\n)|([()])|"((?:\\.|[^"\\])*)"|((?:\\.|[^\s()";\\])+)|./sy;
  let open = 0;
  let over = false;
  for (let match = piece.exec(text); match !== null; match = piece.exec(text)) {
    const [all, line, parenthesis, quoted, plain] = match;
    const word = quoted ?? plain;
    if (line !== undefined) over = open === 0 && words.length > 0;
    else if (parenthesis !== undefined) open += parenthesis === '(' ? 1 : -1;
    else if (word !== undefined) {
      if (over) throw badArgument('this is more than one record: set them one at a time');
      words.push({ text: word, quoted: quoted !== undefined });
    } else if (all === '"') throw badArgument('a quoted string does not end');
    else if (all === '\\') throw badArgument('the record ends with a backslash');
    else if (!/^[ \t\r;]/.test(all)) throw badArgument('the record holds a control character');
    if (open < 0) throw badArgument('there is a ")" without its "("');
  }
  if (open > 0) throw badArgument('there is a "(" without its ")"');
  return words;
}
