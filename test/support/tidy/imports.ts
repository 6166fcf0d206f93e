/** Who imports whom, and who may. */

import { dirname, normalize } from 'node:path/posix';
import { type Complaint, codeOf, lineAt, type Source } from './code.ts';

export interface Import {
  readonly line: number;
  /** A path from the root of the project, or the name of a package. */
  readonly target: string;
  readonly inProject: boolean;
  /** Nothing of it is left when types are removed. */
  readonly typesOnly: boolean;
  /** It is handed on: `export ... from`. */
  readonly exported: boolean;
}

const statement =
  /(?<=^|[;\n])\s*(import|export)\s+(type\s+)?(?:[\w*{][^'";]*?\sfrom\s+)?'([^'\n]+)'/g;
const dynamic = /\bimport\(\s*'([^'\n]+)'\s*\)/g;

export function importsOf({ path, text }: Source): Import[] {
  const { withStrings } = codeOf(text);
  const imports: Import[] = [];
  const add = (specifier: string, index: number, kind: { types: boolean; exported: boolean }) => {
    const inProject = specifier.startsWith('.');
    imports.push({
      line: lineAt(withStrings, index),
      target: inProject ? normalize(`${dirname(path)}/${specifier}`) : specifier,
      inProject,
      typesOnly: kind.types,
      exported: kind.exported,
    });
  };
  for (const match of withStrings.matchAll(statement)) {
    const end = match.index + match[0].length;
    const kind = { types: match[2] !== undefined, exported: match[1] === 'export' };
    add(match[3] as string, end, kind);
  }
  for (const match of withStrings.matchAll(dynamic)) {
    add(match[1] as string, match.index, { types: false, exported: false });
  }
  return imports;
}

/**
 * The parts of the project. Each has files, and may import what is listed here and its own files.
 * `type x` is x for its types alone. What begins with `npm ` or is `node:*` is no part of ours.
 */
export interface Part {
  readonly name: string;
  /** Paths that belong to it, or folders, with `/` at the end. The first part that fits has a file. */
  readonly files: readonly string[];
  /** `'anything'`, or names of parts and packages. */
  readonly may: 'anything' | readonly string[];
}

export function partOf(path: string, parts: readonly Part[]): Part | undefined {
  return parts.find(({ files }) =>
    files.some((file) => (file.endsWith('/') ? path.startsWith(file) : path === file)),
  );
}

/** Every import that the table does not allow. */
export function strayImports(sources: readonly Source[], parts: readonly Part[]): Complaint[] {
  return sources.flatMap((source) => {
    const part = partOf(source.path, parts);
    if (part === undefined) {
      return [{ path: source.path, line: 1, message: 'this file belongs to no part in the table' }];
    }
    return importsOf(source)
      .filter((each) => !isAllowed(part, each, parts))
      .map(({ line, target, typesOnly }) => ({
        path: source.path,
        line,
        message: `${part.name} may not import ${typesOnly ? 'types of ' : ''}${target}`,
      }));
  });
}

function isAllowed(part: Part, each: Import, parts: readonly Part[]): boolean {
  if (part.may === 'anything') return true;
  if (!each.inProject) {
    if (each.target.startsWith('node:')) return part.may.includes('node:*');
    return part.may.some((name) => isOfPackage(each.target, name));
  }
  const target = partOf(each.target, parts);
  if (target === undefined) return false;
  if (target === part || part.may.includes(target.name)) return true;
  return each.typesOnly && part.may.includes(`type ${target.name}`);
}

function isOfPackage(target: string, name: string): boolean {
  return name === `npm ${target}` || target.startsWith(`${name.slice(4)}/`);
}

/** Parts that import each other in a circle, by what the files really say. */
export function partCycles(sources: readonly Source[], parts: readonly Part[]): string[][] {
  const graph = new Map<string, Set<string>>(parts.map(({ name }) => [name, new Set()]));
  for (const source of sources) {
    const from = partOf(source.path, parts)?.name;
    for (const { target, inProject } of importsOf(source)) {
      const to = inProject ? partOf(target, parts)?.name : undefined;
      if (from !== undefined && to !== undefined && from !== to) graph.get(from)?.add(to);
    }
  }
  const cycles: string[][] = [];
  const done = new Set<string>();
  const visit = (name: string, way: readonly string[]) => {
    const at = way.indexOf(name);
    if (at >= 0) {
      cycles.push([...way.slice(at), name]);
      return;
    }
    if (done.has(name)) return;
    for (const next of graph.get(name) ?? []) visit(next, [...way, name]);
    done.add(name);
  };
  for (const name of graph.keys()) visit(name, []);
  return cycles;
}

/** Only doors hand on what others export: everybody else says where a thing really is. */
export function strayExports(sources: readonly Source[], doors: readonly string[]): Complaint[] {
  return sources
    .filter(({ path }) => !doors.includes(path))
    .flatMap((source) =>
      importsOf(source)
        .filter(({ exported }) => exported)
        .map(({ line, target }) => ({
          path: source.path,
          line,
          message: `only a door hands on what ${target} exports`,
        })),
    );
}

/** A file of interfaces alone: nothing of it is left when types are removed. */
export function runtimeExports(source: Source): Complaint[] {
  const { bare } = codeOf(source.text);
  const found = bare.matchAll(/^export\s+(?:default\b|(?:async\s+)?function|const|let|class)/gm);
  return [...found].map(({ index }) => ({
    path: source.path,
    line: lineAt(bare, index),
    message: 'a seam holds types alone',
  }));
}
