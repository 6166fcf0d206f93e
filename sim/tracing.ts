/** What happens to servers, and what they tell, as it goes into the trace. */

import type { ClusterEvent } from './node.ts';
import type { Trace } from './trace.ts';

export function trace(happened: ClusterEvent, trace: Trace): void {
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
      const { node, event, subject } = happened;
      if (subject === undefined || (event.type !== 'joined' && event.type !== 'left')) break;
      const { actor, start } = subject.host;
      const { incarnation } = event.member;
      const { type } = event;
      trace.told({ type, observer: node.host.actor, subject: actor, start, incarnation });
      break;
    }
  }
}
