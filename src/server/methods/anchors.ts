/** Methods about any anchor, whatever it holds. */

import type { Entry } from '../../anchor/tree.ts';
import { done, type Element } from '../../element/element.ts';
import type { Call, CallEvents } from '../../rpc/call.ts';
import { replyLong } from '../../rpc/long.ts';
import { entriesCodec } from '../../rpc/method.ts';
import { encode } from '../../wire/codec.ts';
import type { Handlers, Surroundings } from './handlers.ts';

const utf8 = new TextEncoder();

export function anchorMethods({
  space,
}: Surroundings): Pick<Handlers, 'list' | 'peek' | 'kind' | 'scrub'> {
  return {
    list: (call, { path, recursive }) =>
      replyEntries(call, space.tree.list(space.find(path), recursive).map(lineOf)),
    peek(call, { path }) {
      const { element } = space.find(path);
      return element?.inspect?.(call) ?? replyJson(call, element?.peek() ?? null);
    },
    kind(call, { path }) {
      call.reply(utf8.encode(space.find(path).element?.kind ?? ''), { end: true });
      return {};
    },
    scrub(call, { path, kill }) {
      const element = space.scrub(path, { kill });
      if (element?.scrubbed !== undefined) return element.scrubbed(call);
      done(call);
      return {};
    },
  };
}

export function replyJson(call: Call, state: unknown): CallEvents {
  return replyLong(call, utf8.encode(JSON.stringify(state)));
}

export function replyEntries(
  call: Call,
  entries: readonly { readonly path: string; readonly kind: string }[],
): CallEvents {
  return replyLong(call, encode(entriesCodec, entries));
}

function lineOf({ path, element }: Entry<Element>): { path: string; kind: string } {
  return { path, kind: element?.kind ?? '' };
}
