/**
 * Lets a scenario anywhere on the disk say `import { scenario } from 'circuit/sim'`: the names of
 * our doors lead to our own files, so that it shares every class with us and needs no installation.
 */

import { registerHooks } from 'node:module';

const doors: Readonly<Record<string, string>> = {
  circuit: '../src/index',
  'circuit/sim': '../sim/index',
  'circuit/sim/arbitrary': '../sim/arbitrary',
  'circuit/transport': '../transport/index',
};

let registered = false;

/** To be called before such a file is imported. */
export function resolveDoors(): void {
  if (registered) return;
  registered = true;
  // Built, we and the doors are JavaScript; this file then lies in dist/cli as it does in cli.
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const door = Object.hasOwn(doors, specifier) ? doors[specifier] : undefined;
      if (door === undefined) return nextResolve(specifier, context);
      const url = new URL(door + extension, import.meta.url).href;
      return { ...nextResolve(url, context), shortCircuit: true };
    },
  });
}
