/** What happens to servers, and what they tell, as it goes into the trace. */

import type { ServerId } from '../src/id.ts';
import type { ClusterEvent, Node } from './node.ts';
import type { Trace } from './trace.ts';

/** Where to, and who is meant by an id. */
export interface Tracing {
  readonly trace: Trace;
  /** id => the server; all that were ever started. */
  readonly nodes: ReadonlyMap<ServerId, Node>;
}

export function trace(happened: ClusterEvent, { trace, nodes }: Tracing): void {
  switch (happened.type) {
    case 'started': {
      const { host, id } = happened.node;
      trace.note(`${host.name} starts as ${id}`, host.actor);
      break;
    }
    case 'ended': {
      const { host, ending } = happened.node;
      trace.note(`${host.name} ends: ${ending}`, host.actor);
      break;
    }
    case 'told': {
      const { node, event } = happened;
      if (event.type !== 'joined' && event.type !== 'left') break;
      const subject = nodes.get(event.member.id)?.host;
      if (subject === undefined) break;
      trace.told({
        ...{ type: event.type, observer: node.host.actor, incarnation: event.member.incarnation },
        ...{ subject: subject.actor, start: subject.start },
      });
      break;
    }
  }
}
