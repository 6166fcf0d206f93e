/** For `node --import`: in a clone that is not built, `circuit` and its doors are our sources. */

import { resolveDoors } from '../cli/resolve.ts';

resolveDoors();
