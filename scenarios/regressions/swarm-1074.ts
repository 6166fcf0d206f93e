/**
 * G2 accuracy broke in swarm.ts, with 6 of 72 faults. Found by
 * `circuit sim scenarios/swarm.ts --seed 1074 --shrink`.
 */

import { replayed } from 'circuit/sim';
import original from '../swarm.ts';

export default replayed(original, {
  seed: '1074',
  set: { seconds: 1, faults: 1, clients: 1 },
  schedule: [
    { at: 8000000, type: 'leave', host: 'n2' },
    { at: 9000000, type: 'start', host: 'n2' },
    {
      at: 9000000,
      type: 'rule',
      rule: { type: 'cut', from: ['n3'], to: ['n1'], bothWays: false },
      forUs: 4000000,
    },
    {
      at: 11000000,
      type: 'rule',
      rule: { type: 'cut', from: ['n2'], to: ['n1'], bothWays: false },
      forUs: 3000000,
    },
    { at: 12450620, type: 'faulty', hosts: ['n3'], forUs: 291118, backWithinUs: 120000000 },
    {
      at: 12451000,
      type: 'rule',
      rule: { type: 'delay', minUs: 0, maxUs: 337000, from: ['n3'], to: 'any', bothWays: false },
      forUs: 290000,
    },
  ],
  breaks: 'G2 accuracy',
});
