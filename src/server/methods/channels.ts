/** Methods about channels. */

import { Share } from '../../budget.ts';
import { ChanElement } from '../../element/chan.ts';
import { done } from '../../element/element.ts';
import { SubscriptionElement } from '../../element/subscription.ts';
import type { Handlers, Surroundings } from './handlers.ts';

type ChannelMethod =
  | 'makeChan'
  | 'send'
  | 'trySend'
  | 'awaitSend'
  | 'receive'
  | 'tryReceive'
  | 'awaitReceive'
  | 'close';

export function channelMethods({
  host,
  parts,
  space,
  limits,
  held,
}: Surroundings): Pick<Handlers, ChannelMethod> {
  const chan = (path: string) => space.get(path, 'chan', ChanElement);
  const source = (path: string): ChanElement | SubscriptionElement =>
    space.get<ChanElement | SubscriptionElement>(
      path,
      'chan or subscription',
      ChanElement,
      SubscriptionElement,
    );
  return {
    makeChan(call, { path, capacity }) {
      space.assertFree(path);
      space.assertRoom('chan', 'channelsMax');
      const share = new Share(held);
      const channel = parts.channel(capacity, limits);
      space.attach(path, new ChanElement(host.clock, channel, share), share);
      done(call);
      return {};
    },
    send: (call, { path, head }) => chan(path).send(call, head, { patient: true }),
    trySend: (call, { path, head }) => chan(path).send(call, head, { patient: false }),
    awaitSend: (call, { path }) => chan(path).awaitSend(call),
    receive: (call, { path }) => source(path).receive(call, { patient: true }),
    tryReceive: (call, { path }) => source(path).receive(call, { patient: false }),
    awaitReceive: (call, { path }) => source(path).awaitReceive(call),
    close(call, { path }) {
      chan(path).close(call);
      return {};
    },
  };
}
