import type { EventSink } from '../../core/event.js';
import type { StreamWriter } from '../../store/journal/writer.js';
import { progressCounter, type Intake } from '../intake.js';

/** The stream of a source that nobody waits at for an ack: what is scraped, measured, or comes in datagrams. */
export interface SourceStream {
  /** Appends an event, through the gate. */
  readonly sink: EventSink;
  /** Ends it. What was appended is committed when the writer closes at the latest. */
  close(): void;
  /** Resolves at once, or when the journal has room again. */
  room(): Promise<void>;
}

/** Where the events of a source come from, as the store keeps it. */
export interface Source {
  readonly transport: string;
  readonly remote?: string | undefined;
  readonly path?: string | undefined;
}

/** Opens the stream of a source. When the journal fails, what it did not take is counted as lost, and a new stream goes on. */
export function sourceStream({ writer, counts, admit }: Intake, { transport, remote, path }: Source): SourceStream {
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
    sink: admit((...event) => (current ??= open()).append(...event)),
    close,
    room: () => (writer.isFull ? new Promise(resolve => writer.onRoom(resolve)) : Promise.resolve()),
  };
}
