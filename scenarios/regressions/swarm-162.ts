/**
 * G2 accuracy broke in swarm.ts, with 16 of 78 faults. Found by
 * `circuit sim scenarios/swarm.ts --seed 162 --shrink`.
 */

import { replayed } from 'circuit/sim';
import original from '../swarm.ts';

export default replayed(original, {
  seed: '162',
  set: { seconds: 20, faults: 5 },
  schedule: [
    { at: 8742233, type: 'crash', host: 'n3' },
    { at: 9945680, type: 'start', host: 'n3' },
    { at: 16239738, type: 'crash', host: 'n2' },
    { at: 16313188, type: 'crash', host: 'n4' },
    { at: 17313188, type: 'start', host: 'n4' },
    { at: 17585026, type: 'start', host: 'n2' },
    { at: 19954636, type: 'clock', host: 'n2', change: { rate: 0.9903455775091424 } },
    { at: 28691397, type: 'crash', host: 'n4' },
    { at: 29686116, type: 'faulty', hosts: ['n5'], forUs: 5510767, backWithinUs: 120000000 },
    { at: 30173093, type: 'start', host: 'n4' },
    {
      at: 35287198,
      type: 'rule',
      rule: {
        type: 'bandwidth',
        bytesPerSecond: 832342,
        queueBytes: 65536,
        from: 'any',
        to: 'any',
        bothWays: true,
      },
      forUs: 10831201,
    },
    { at: 35834555, type: 'faulty', hosts: ['n4'], forUs: 6782774, backWithinUs: 120000000 },
    {
      at: 35834555,
      type: 'rule',
      rule: { type: 'loss', ratio: 0.8961531683686189, from: 'any', to: ['n4'] },
      forUs: 6782774,
    },
    { at: 37052802, type: 'crash', host: 'n3' },
    { at: 38052802, type: 'start', host: 'n3' },
    {
      at: 40376230,
      type: 'rule',
      rule: {
        type: 'bandwidth',
        bytesPerSecond: 372455,
        queueBytes: 65536,
        from: 'any',
        to: 'any',
        bothWays: true,
      },
      forUs: 4291707,
    },
  ],
  breaks: 'G2 accuracy',
});
