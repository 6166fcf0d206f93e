/** Methods about selects; to wait for one is among those about processes. */

import { done } from '../../element/element.ts';
import { parseJson } from '../../element/fields.ts';
import { parseClauses } from '../../select/clause.ts';
import { Selects } from '../selects.ts';
import type { Handlers, Surroundings } from './handlers.ts';

export function selectMethods(around: Surroundings): Pick<Handlers, 'makeSelect'> {
  const { space } = around;
  const selects = new Selects(around);
  return {
    makeSelect(call, { path, clauses }) {
      space.assertFree(path);
      space.assertRoom('select', 'selectsMax');
      const { element, share } = selects.make(
        parseClauses(parseJson(clauses, 'the list of clauses')),
        clauses.length,
      );
      space.attach(path, element, share);
      done(call);
      element.start();
      return {};
    },
  };
}
