import { jsonStream } from '../../src/formats/json/stream.js';
import { Appender } from '../../src/store/journal/appender.js';
import { BatchBuilder } from '../../src/store/journal/batch.js';
import { openForWriting } from '../../src/store/database/store.js';

/** A store that a test writes to, by the way that the server's writer does. */
export interface TestJournal {
  /** Stores events in one commit, as received at `at` (milliseconds since 1970). */
  append(events: readonly unknown[], at?: number): void;
  /** The same of events that are written as JSON already. */
  appendText(lines: readonly string[], at?: number): void;
  close(): void;
}

export function openTestJournal(dir: string): TestJournal {
  const db = openForWriting(dir, 'none');
  const appender = new Appender(db);
  let stream = appender.lastStreamId;
  const journal: TestJournal = {
    append: (events, at) =>
      journal.appendText(
        events.map(event => JSON.stringify(event)),
        at,
      ),
    appendText(lines, at = Date.now()) {
      const now = at * 1000;
      const builder = new BatchBuilder(() => now);
      const id = ++stream;
      builder.open({ id, startedAt: now, transport: 'http', remote: undefined, path: '/', headers: '{}' });
      const decoder = jsonStream((bytes, start, end, facts) => builder.add(id, bytes, start, end, facts), {
        maxEventBytes: 1e6,
      });
      void decoder.write(Buffer.from(lines.join('\n') + '\n'));
      void decoder.end();
      builder.close({ id, endedAt: now });
      appender.append([builder.finish()]);
    },
    close: () => db.close(),
  };
  return journal;
}
