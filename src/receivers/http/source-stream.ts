import type { EventSink } from '../../core/event.js';
import type { StreamWriter } from '../../store/journal/stream-writer.js';
import { progressCounter, type Intake } from '../intake.js';

/** The stream of a source without acks: scrapes, host metrics, datagrams. */
export interface SourceStream {
  /** Appends an event through the processors. */
  readonly sink: EventSink;
  /** Closes the stream. Appended events are committed by the time the writer closes. */
  close(): void;
  /** Resolves once the journal has room. */
  room(): Promise<void>;
}

/** The origin of the events, as stored with the stream. */
export interface Source {
  readonly transport: string;
  readonly remote?: string | undefined;
  readonly path?: string | undefined;
}

/** Opens the stream of a source. After a failure of the journal, counts the pending events as lost and opens a new stream. */
export function sourceStream({ writer, counts, process }: Intake, { transport, remote, path }: Source): SourceStream {
  let current: StreamWriter | undefined;

  function open(): StreamWriter {
    const count = progressCounter(counts, transport);
    let appended = 0;
    const stream = writer.openStream({ transport, remote, path, headers: '{}' }, (progress, closed) => {
      count(progress);
      if (progress.error && current === opened) close();
      const missing = appended - progress.stored - progress.duplicates - progress.denied;
      if (closed && missing > 0) counts.lost(transport, missing);
    });
    const opened: StreamWriter = {
      ...stream,
      append(...event) {
        appended++;
        stream.append(...event);
      },
    };
    return opened;
  }

  function close(): void {
    current?.close();
    current = undefined;
  }

  current = open();
  return {
    sink: process((...event) => (current ??= open()).append(...event)),
    close,
    room: () => (writer.isFull ? new Promise(resolve => writer.onRoom(resolve)) : Promise.resolve()),
  };
}
