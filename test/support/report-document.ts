/** Reports of runs that never were, for tests of what is made of them. */

import type { ReportDocument } from '../../cli/sim/report/document.ts';

/** A small run that held, with what is to differ. */
export function documentWith(
  fields: Partial<ReportDocument>,
  report: Partial<ReportDocument['report']> = {},
): ReportDocument {
  return {
    ...{ format: 'circuit sim report', version: 1, scenario: 'x.ts', held: true },
    ...{ replay: 'circuit sim x.ts --seed 1', goalsCount: false, wallSeconds: 0.5 },
    report: {
      ...{ claim: 'all is well', seed: '1', parameters: { size: 1 }, ok: true, hash: 'abc' },
      ...{ events: 12_345, virtualSeconds: 10, serversStarted: 3 },
      ...{ checks: [{ guarantee: 'G1', observed: 3 }], measures: [], goals: [] },
      ...{ tables: [], violations: [], tail: [] },
      ...report,
    },
    mishaps: [],
    series: [{ name: 'servers up', unit: '', times: [1e6, 2e6, 3e6], values: [1, 2, 3] }],
    frames: [],
    ...fields,
  };
}
