/**
 * TypeScript text, taken apart far enough for textual rules: what is code, what is a string, what
 * is a comment. No parser: a rule that a machine applies to every file must be quick, and these are
 * the three things it must not mix up.
 */

export interface Source {
  /** From the root of the project, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** What a rule has to complain about. */
export interface Complaint {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

export interface Comment {
  readonly line: number;
  /** With its slashes and stars. */
  readonly text: string;
}

export interface Code {
  /** The text with comments blanked: lines and columns stay as they are. */
  readonly withStrings: string;
  /** The same, and what strings, templates and regular expressions hold blanked as well. */
  readonly bare: string;
  readonly comments: readonly Comment[];
}

/** Before a slash that begins a regular expression; elsewhere a slash divides. */
const beforeRegExp = /(?:^|[=(,[!&|?:;{}+\-*%<>~]|\b(?:return|typeof|case|of|in))\s*$/;

/** Splits a text in one pass. */
export function codeOf(text: string): Code {
  const comments: Comment[] = [];
  let withStrings = '';
  let bare = '';
  let at = 0;
  /** How deep in braces each open template is: its `}` leads back to text. */
  const templates: number[] = [];
  let depth = 0;

  const code = (length: number) => {
    const part = text.slice(at, at + length);
    withStrings += part;
    bare += part;
    at += length;
  };
  const quoted = (end: number) => {
    const part = text.slice(at, end);
    withStrings += part;
    bare += blank(part);
    at = end;
  };
  const comment = (end: number) => {
    const part = text.slice(at, end);
    comments.push({ line: lineAt(text, at), text: part });
    withStrings += blank(part);
    bare += blank(part);
    at = end;
  };
  const template = () => {
    const end = templateEnd(text, at);
    quoted(end);
    if (text[end] === '`') code(1);
    else if (end < text.length) {
      code(2);
      templates.push(depth++);
    }
  };

  while (at < text.length) {
    const char = text[at] as string;
    const two = text.slice(at, at + 2);
    if (two === '//') comment(indexOrEnd(text, '\n', at));
    else if (two === '/*') comment(Math.min(text.length, indexOrEnd(text, '*/', at + 2) + 2));
    else if (char === "'" || char === '"') {
      code(1);
      quoted(stringEnd(text, at, char));
      code(1);
    } else if (char === '`') {
      code(1);
      template();
    } else if (char === '}' && templates.at(-1) === depth - 1) {
      templates.pop();
      depth--;
      code(1);
      template();
    } else if (char === '/' && beforeRegExp.test(bare.slice(-40))) {
      code(1);
      quoted(regExpEnd(text, at));
      code(1);
    } else {
      if (char === '{') depth++;
      if (char === '}') depth--;
      code(1);
    }
  }
  return { withStrings, bare, comments };
}

export function lineAt(text: string, index: number): number {
  let line = 1;
  for (let i = text.indexOf('\n'); i >= 0 && i < index; i = text.indexOf('\n', i + 1)) line++;
  return line;
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ');
}

function indexOrEnd(text: string, what: string, from: number): number {
  const index = text.indexOf(what, from);
  return index < 0 ? text.length : index;
}

/** Where the string ends whose first character after the quote is at `from`. */
function stringEnd(text: string, from: number, quote: string): number {
  let at = from;
  while (at < text.length && text[at] !== quote && text[at] !== '\n') {
    at += text[at] === '\\' ? 2 : 1;
  }
  return Math.min(at, text.length);
}

/** The backtick, or the `${`, at which the text of a template ends. */
function templateEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== '`' && !text.startsWith('${', at)) {
    at += text[at] === '\\' ? 2 : 1;
  }
  return Math.min(at, text.length);
}

function regExpEnd(text: string, from: number): number {
  let at = from;
  let inClass = false;
  while (at < text.length && text[at] !== '\n' && (inClass || text[at] !== '/')) {
    if (text[at] === '[') inClass = true;
    if (text[at] === ']') inClass = false;
    at += text[at] === '\\' ? 2 : 1;
  }
  return Math.min(at, text.length);
}
