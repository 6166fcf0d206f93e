/** What a text may not hold, and what a document must. */

import { type Complaint, codeOf, lineAt, type Source } from './code.ts';

/** A word that src/ and sim/ may not use, and what to do instead. */
interface Banned {
  readonly pattern: RegExp;
  readonly message: string;
}

const banned: readonly Banned[] = [
  { pattern: /\bDate\b/g, message: 'Date: take the clock of the host' },
  { pattern: /(?<!\.)\bperformance\b/g, message: 'performance: take the clock of the host' },
  {
    pattern: /(?<!\.)\b(?:setTimeout|setInterval|setImmediate|queueMicrotask)\b/g,
    message: 'timers: schedule on the clock of the host',
  },
  { pattern: /\bMath\s*\.\s*random\b/g, message: 'Math.random: draw from the random of the host' },
  { pattern: /(?<!\.)\bcrypto\b/g, message: 'crypto: draw from the random of the host' },
  {
    // A process of a cluster is called so as well; these are members of the one of Node.
    pattern:
      /(?<!\.)\bprocess\s*\??\.\s*(?:arg|bind|cwd|emit|env|exec|exit|hr|mem|next|off|on|pid|pl|std|up|ver|_)/g,
    message: 'process: the pure part knows none',
  },
  { pattern: /(?<!\.)\bBuffer\b/g, message: 'Buffer: take Uint8Array' },
  { pattern: /(?<!\.)\b(?:console|fetch|globalThis)\b/g, message: 'a global of the platform' },
  { pattern: /\b(?:WeakRef|FinalizationRegistry)\b/g, message: 'garbage collection has a say' },
  {
    pattern: /\bIntl\b|\.(?:localeCompare|toLocale\w+)\b/g,
    message: 'the locale of the machine has a say: compare with < and >',
  },
  {
    pattern: /\bMath\s*\.\s*pow\b|(?<!(?<![\w.])2\s*)\*\*/g,
    message: 'powers of other numbers than 2 differ between engines',
  },
];

/** Whatever is not the same twice. Biome forbids most of it as well; this does not know scopes. */
export function impurities(source: Source): Complaint[] {
  const { bare, withStrings } = codeOf(source.text);
  const complaints: Complaint[] = [];
  const find = (text: string, { pattern, message }: Banned) => {
    for (const { index } of text.matchAll(pattern)) {
      complaints.push({ path: source.path, line: lineAt(text, index), message });
    }
  };
  for (const each of banned) find(bare, each);
  find(withStrings, { pattern: /['"`]node:/g, message: 'node:*: ask the host' });
  return complaints.sort((a, b) => a.line - b.line);
}

export const linesMax = 400;

/**
 * Files that are too long. An entry in `excepted` raises the bound for one file, until it is split;
 * an entry that is not needed is a complaint, too.
 */
export function overlong(
  sources: readonly Source[],
  excepted: Readonly<Record<string, number>>,
): Complaint[] {
  const complaints: Complaint[] = [];
  for (const { path, text } of sources) {
    const lines = text.split('\n').length - 1;
    const max = excepted[path] ?? linesMax;
    if (lines > max) {
      complaints.push({ path, line: max, message: `${lines} lines; at most ${max}: split it` });
    } else if (max > linesMax && lines <= linesMax) {
      complaints.push({ path, line: 1, message: 'is short enough now: drop its exception' });
    }
  }
  for (const path of Object.keys(excepted)) {
    if (sources.some((source) => source.path === path)) continue;
    complaints.push({ path, line: 1, message: 'has an exception and is not there' });
  }
  return complaints;
}

/** Work that was put off. What is to be done is done, or is said in the README. */
export function postponed({ path, text }: Source): Complaint[] {
  return codeOf(text).comments.flatMap((comment) =>
    [...comment.text.matchAll(/\b(?:TODO|FIXME|XXX|HACK)\b/g)].map((match) => ({
      path,
      line: comment.line + lineAt(comment.text, match.index) - 1,
      message: `${match[0]}: do it, or say it where users read it`,
    })),
  );
}

const looksLikeCode = [
  /[;{]$/,
  /^[})\]]+[,;)]*$/,
  /^(?:import|export|const|let|var|return|throw|await|if|for|while|case|else)\b.*[(={]/,
  /^(?:this|[a-z]\w*)(?:\.#?\w+)+\(.*\)[,;]?$/,
  /^\w+\(.*\)[,;]$/,
];

/** Line comments that were code once; history keeps those. Examples belong into block comments. */
export function deadCode({ path, text }: Source): Complaint[] {
  return codeOf(text)
    .comments.filter(({ text }) => text.startsWith('//'))
    .filter(({ text }) => {
      const said = text.slice(2).trim();
      return looksLikeCode.some((pattern) => pattern.test(said));
    })
    .map(({ line, text }) => ({ path, line, message: `commented-out code: ${text}` }));
}

export const readmeLinesMax = 40;

/** Each folder says what it is, and says it briefly. `readmes`: folder => the text, if there is one. */
export function folderReadmes(readmes: ReadonlyMap<string, string | undefined>): Complaint[] {
  const complaints: Complaint[] = [];
  for (const [folder, text] of readmes) {
    const path = `${folder}/README.md`;
    const lines = text?.trimEnd().split('\n').length ?? 0;
    if (text === undefined) complaints.push({ path, line: 1, message: 'is missing' });
    else if (lines > readmeLinesMax) {
      complaints.push({ path, line: lines, message: `at most ${readmeLinesMax} lines` });
    }
  }
  return complaints;
}

/** A changelog in the form of keepachangelog.com: an Unreleased section first, known headings. */
export function changelogFaults({ path, text }: Source): Complaint[] {
  const complaints: Complaint[] = [];
  const kinds = new Set(['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security']);
  const headings = [...text.matchAll(/^(##+) (.+)$/gm)];
  const [first] = headings;
  if (first?.[1] !== '##' || !/^\[Unreleased\]/.test(first[2] as string)) {
    complaints.push({ path, line: 1, message: 'begins with "## [Unreleased]"' });
  }
  for (const heading of headings) {
    if (heading[1] !== '###' || kinds.has(heading[2] as string)) continue;
    const line = lineAt(text, heading.index);
    complaints.push({ path, line, message: `"${heading[2]}" is no kind of change` });
  }
  return complaints;
}

/** Links to files of ours that are not there. */
export function brokenLinks(
  { path, text }: Source,
  exists: (path: string) => boolean,
): Complaint[] {
  const folder = path.split('/').slice(0, -1);
  return [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].flatMap((match) => {
    const parts = [...folder];
    for (const part of (match[1] as string).split('/')) {
      if (part === '..') parts.pop();
      else if (part !== '.' && part !== '') parts.push(part);
    }
    if (exists(parts.join('/'))) return [];
    const line = lineAt(text, match.index);
    return [{ path, line, message: `leads to ${match[1]}, which is not there` }];
  });
}
