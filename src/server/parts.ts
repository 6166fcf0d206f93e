/**
 * The state machines that a server is put together from. Tests put mutants in their place, to show
 * that the checkers catch them.
 */

import { Channel } from '../channel/channel.ts';
import type { Message } from '../element/message.ts';
import type { Limits } from '../limits.ts';
import { Membership, type MembershipOptions } from '../membership/membership.ts';

export interface Parts {
  readonly membership: (options: MembershipOptions) => Membership;
  readonly channel: (capacity: number, limits: Limits) => Channel<Message>;
}

export const standardParts: Parts = {
  membership: (options) => new Membership(options),
  channel: (capacity, limits) => new Channel<Message>(capacity, limits),
};
