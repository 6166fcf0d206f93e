/** A command line up to the cursor, as a shell takes it apart. */

export interface Line {
  /** Whole words before the cursor, without the name of the program. */
  readonly words: readonly string[];
  /** What was typed so far of the word at the cursor; may be empty. */
  readonly current: string;
}

/** Splits at blanks, with quotes and backslashes as in every shell. */
export function parseLine(text: string): Line {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string;
    if (quote === '' && /\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === '\\' && quote !== "'" && at + 1 < text.length) {
      word = (word ?? '') + text[++at];
    } else if (char === quote) {
      quote = '';
    } else if (quote === '' && (char === '"' || char === "'")) {
      quote = char;
      word ??= '';
    } else {
      word = (word ?? '') + char;
    }
  }
  return { words: words.slice(1), current: word ?? '' };
}
