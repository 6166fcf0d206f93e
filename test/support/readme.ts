/** A README, taken apart: what it tells its reader to type, and what is then to be seen. */

/** A command of a session, with the lines that it printed. */
export interface Step {
  readonly command: string;
  readonly output: readonly string[];
}

/** The text of each fenced block of a language. */
export function blocks(markdown: string, language: string): string[] {
  const found = markdown.matchAll(/^```(\w*)\n(.*?)^```$/gms);
  return [...found].filter(([, name]) => name === language).map(([, , text]) => text as string);
}

/** The steps of a block in which lines that begin with `$ ` are typed and the others printed. */
export function steps(session: string): Step[] {
  return session
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command = '', ...output] = part.trimEnd().split('\n');
      return { command, output };
    });
}

/** What is to be typed, wherever the text says so: in a block, or between backquotes. */
function typed(markdown: string): string[] {
  return [
    ...blocks(markdown, 'sh'),
    ...blocks(markdown, 'console').flatMap((block) => steps(block).map(({ command }) => command)),
    ...[...markdown.replace(/^ *```.*?^ *```$/gms, '').matchAll(/`([^`]+)`/g)].map(
      ([, text]) => text as string,
    ),
  ];
}

/** The commands of circuit that the text mentions, each with its arguments. */
export function invocations(markdown: string): string[][] {
  return typed(markdown)
    .flatMap((text) => [...text.matchAll(/(?<![\w/:.-])(?:\.\/bin\/)?circuit\s+([^|;&<>#)]+)/g)])
    .map(([, args]) => (args as string).trim().split(/\s+/));
}

/** Names of npm scripts that the text mentions. */
export function scripts(markdown: string): string[] {
  return typed(markdown)
    .flatMap((text) => [
      ...text.matchAll(/\bnpm (?:run )?(?:-s )?(?!run\b|install\b|ci\b)([a-z][\w:]*)/g),
    ])
    .map(([, name]) => name as string);
}

/** Ids, ports, process numbers and times differ from run to run: only their places are compared. */
export function withoutChance(line: string): string {
  return line
    .replace(/\b([XQ])[0-9a-f]{16}\b/g, '$1...')
    .replace(/\b127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
    .replace(/\/\d+\/Q/g, '/PID/Q')
    .replace(/\bprocess \d+/g, 'process PID');
}

/** Server ids of `expected`, by what stands in their place in `actual`. */
export function renamed(expected: string, actual: string): [string, string][] {
  const [from, to] = [expected, actual].map((text) => text.match(/\bX[0-9a-f]{16}\b/g) ?? []);
  return (from as string[]).flatMap((id, at): [string, string][] => {
    const other = (to as string[])[at];
    return other === undefined ? [] : [[id, other]];
  });
}
