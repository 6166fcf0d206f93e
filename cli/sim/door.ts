/** The simulator, loaded where it is used: no other command shall load it with the program. */

import { resolveDoors } from '../resolve.ts';

/** The very module that scenarios import. */
export async function simulator(): Promise<typeof import('../../sim/index.ts')> {
  resolveDoors();
  return (await import('circuit/sim')) as typeof import('../../sim/index.ts');
}
