import { spawn } from 'node:child_process';
import { createWriteStream, openSync } from 'node:fs';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { unwritableFile } from '../../../core/file-error.js';
import { wordsOf } from '../../../shell/meta-command.js';
import type { Output, Streams } from '../../shared/streams.js';
import { pathOf } from './path.js';

/** The destination of rows. */
export interface Sink {
  /** Streams for a command with this sink as its output. */
  readonly streams: Streams;
  /** Resolves once all output has arrived; the sink takes no more. */
  end(): Promise<void>;
}

/** A destination that stays open for several statements: that of `\o`. */
export interface Destination {
  write(text: string | Uint8Array): Promise<void>;
  close(): Promise<void>;
  /** True once the reader has closed the pipe. */
  readonly isClosed: boolean;
}

/** Streams that differ from others in their output. */
export function streamsWith(base: Streams, changes: Partial<Streams>): Streams {
  return Object.create(base, Object.getOwnPropertyDescriptors(changes)) as Streams;
}

/**
 * Opens the destination of `\o`: a file, whose name may be quoted, or after `|` a command that reads the rows.
 * @throws TelemetryError `failure` for a file that cannot be written.
 */
export function openDestination(target: string): Destination {
  if (target.startsWith('|')) return pipeTo(target.slice(1));
  const file = pathOf(wordsOf(target).join(' '));
  try {
    return writing(createWriteStream(file, { fd: openSync(file, 'w') }), stream => once(stream, 'close'));
  } catch (cause) {
    throw unwritableFile(file, cause);
  }
}

function pipeTo(command: string): Destination {
  const child = spawn('sh', ['-c', command], { stdio: ['pipe', 'inherit', 'inherit'] });
  const ended = once(child, 'close');
  return writing(child.stdin, () => ended);
}

function writing(stream: Writable, ended: (stream: Writable) => Promise<unknown>): Destination {
  let isClosed = false;
  // Each write reports its own error.
  stream.on('error', () => (isClosed = true));
  return {
    get isClosed() {
      return isClosed;
    },
    write: text =>
      new Promise((done, fail) => {
        stream.write(text, error => (error ? fail(error) : done()));
      }),
    async close() {
      if (stream.destroyed) return;
      const over = ended(stream);
      stream.end();
      await over.catch(() => undefined);
    },
  };
}

/** A sink for a destination that outlives it. */
export function destinationSink(base: Streams, destination: Destination): Sink {
  const out: Output = { write: text => destination.write(text) };
  return {
    streams: streamsWith(base, {
      out,
      isTerminal: false,
      columns: undefined,
      color: false,
      get outClosed() {
        return destination.isClosed;
      },
    }),
    end: () => Promise.resolve(),
  };
}

/** A sink that writes to the output of the shell as it comes. */
export function plainSink(base: Streams, columns: number | undefined): Sink {
  return { streams: streamsWith(base, { columns }), end: () => Promise.resolve() };
}
