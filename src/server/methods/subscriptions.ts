/** Methods about subscriptions; what is received from them is among those about channels. */

import { done } from '../../element/element.ts';
import { CircuitError } from '../../errors.ts';
import type { Handlers, Surroundings } from './handlers.ts';

export function subscriptionMethods({
  space,
  subscriptions,
}: Surroundings): Pick<Handlers, 'makeSubscription'> {
  return {
    makeSubscription(call, { path, source }) {
      if (source !== 'join' && source !== 'leave') {
        throw new CircuitError(
          'BAD_ARGUMENT',
          `"${source}" is nothing to subscribe to: that is "join" or "leave"`,
        );
      }
      space.assertFree(path);
      space.attach(path, subscriptions.make(source));
      done(call);
      return {};
    },
  };
}
