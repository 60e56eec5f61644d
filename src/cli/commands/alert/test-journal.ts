import type { Micros } from '../../../core/duration.js';
import { MAX_MAX_EVENT_BYTES } from '../../../core/limits.js';
import { jsonStream } from '../../../formats/json/stream.js';
import { BatchBuilder } from '../../../store/journal/batch.js';
import { openJournal } from '../../../store/journal/open-journal.js';

/** The journal of a test's store, whose events name their time of receipt. */
export interface TestJournal {
  readonly append: (events: readonly unknown[], receivedAt: Micros) => void;
  readonly close: () => void;
}

/** Opens the journal of a new store, which is removed after the test: nothing waits for the disk. */
export function openTestJournal(dir: string): TestJournal {
  const journal = openJournal(dir, 'none');
  let stream = 0;
  return {
    append(events, receivedAt) {
      const builder = new BatchBuilder(() => receivedAt);
      const id = ++stream;
      builder.open({ id, startedAt: receivedAt, transport: 'test', remote: undefined, path: undefined, headers: '{}' });
      const decoder = jsonStream((bytes, start, end, meta) => builder.add(id, bytes, start, end, meta), {
        maxEventBytes: MAX_MAX_EVENT_BYTES,
      });
      void decoder.write(Buffer.from(events.map(event => `${JSON.stringify(event)}\n`).join('')));
      void decoder.end();
      builder.close({ id, endedAt: receivedAt });
      journal.appender.append([builder.finish()]);
    },
    close: () => journal.close(),
  };
}
