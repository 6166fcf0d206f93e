/**
 * G2 accuracy broke in swarm.ts, with 2 of 86 faults. Found by
 * `circuit sim scenarios/swarm.ts --seed 374 --shrink`.
 */

import { replayed } from 'circuit/sim';
import original from '../swarm.ts';

export default replayed(original, {
  seed: '374',
  set: { seconds: 1, faults: 1, clients: 1 },
  schedule: [
    { at: 8000000, type: 'split', groups: [['n1', 'n4']], forUs: 4000000 },
    {
      at: 12000000,
      type: 'rule',
      rule: { type: 'cut', from: ['n5'], to: ['n3', 'n1'], bothWays: true },
      forUs: 1000000,
    },
  ],
  breaks: 'G2 accuracy',
});
