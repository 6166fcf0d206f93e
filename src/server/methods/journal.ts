/** The method that tells what this server did. */

import { CircuitError, pastLimit } from '../../errors.ts';
import type { Timer } from '../../host/index.ts';
import { JournalReader } from '../journal-reader.ts';
import type { Handlers, Surroundings } from './handlers.ts';

const empty = new Uint8Array(0);

export function journalMethods({
  host,
  id,
  journal,
  limits,
}: Surroundings): Pick<Handlers, 'journal'> {
  const { clock } = host;
  const readers = new Set<JournalReader>();
  let timer: Timer | undefined;
  const pump = (reader: JournalReader) => {
    reader.pump();
    if (reader.over) readers.delete(reader);
  };
  // Not at once: what is entered may still turn out to have waited, or failed.
  journal.watch(() => {
    if (readers.size === 0 || timer !== undefined) return;
    timer = clock.schedule(clock.now(), () => {
      timer = undefined;
      for (const reader of readers) pump(reader);
    });
  });
  return {
    journal(call, { from, follow }) {
      const { journalReadersMax } = limits;
      if (readers.size >= journalReadersMax) {
        const what = 'too many read the journal of this server: try again';
        throw pastLimit(what, 'journalReadersMax', journalReadersMax);
      }
      const reader = new JournalReader(call, journal, { root: `/${id}`, from, follow });
      readers.add(reader);
      call.reply(empty, { end: false });
      pump(reader);
      return {
        room: () => pump(reader),
        cancelled: () => {
          readers.delete(reader);
          call.fail(new CircuitError('CANCELLED', 'the reading was cancelled'));
        },
        failed: () => void readers.delete(reader),
      };
    },
  };
}
