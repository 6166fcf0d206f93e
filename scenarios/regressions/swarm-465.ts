/**
 * G2 accuracy broke in swarm.ts, with 7 of 75 faults. Found by
 * `circuit sim scenarios/swarm.ts --seed 465 --shrink`.
 */

import { replayed } from 'circuit/sim';
import original from '../swarm.ts';

export default replayed(original, {
  seed: '465',
  noise: 'noise 1',
  set: { servers: 3, seconds: 4, faults: 1, clients: 1 },
  schedule: [
    { at: 4977536, type: 'faulty', hosts: ['n5'], forUs: 3992396, backWithinUs: 120000000 },
    {
      at: 6000000,
      type: 'rule',
      rule: { type: 'cut', from: ['n5'], to: 'any', bothWays: true },
      forUs: 1000000,
    },
    {
      at: 9000000,
      type: 'rule',
      rule: { type: 'cut', from: ['n1'], to: 'any', bothWays: true },
      forUs: 5000000,
    },
    {
      at: 25000000,
      type: 'rule',
      rule: { type: 'cut', from: ['n1'], to: 'any', bothWays: true },
      forUs: 4000000,
    },
    {
      at: 55000000,
      type: 'rule',
      rule: { type: 'cut', from: ['n3'], to: ['n1'], bothWays: false },
      forUs: 6000000,
    },
    { at: 58782672, type: 'faulty', hosts: ['n5'], forUs: 932674, backWithinUs: 120000000 },
    { at: 60350154, type: 'faulty', hosts: ['n1'], forUs: 2709846, backWithinUs: 120000000 },
  ],
  breaks: 'G2 accuracy',
});
