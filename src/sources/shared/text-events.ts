import type { EventSink } from '../../core/event.js';
import { lineFormat } from './line-formats.js';
import { LogLines } from './log-lines.js';

const NEWLINE = Buffer.from('\n');

/**
 * Makes events of lines that come in chunks, each as soon as its line is complete: see {@link LogLines}.
 * @returns events as JSON, one a line.
 */
export async function* textEvents(chunks: AsyncIterable<Uint8Array>, maxEventBytes: number): AsyncGenerator<Buffer> {
  let events: Buffer[] = [];
  const take: EventSink = (bytes, start, end) => events.push(Buffer.from(bytes.subarray(start, end)), NEWLINE);
  const limit = (): number => maxEventBytes;
  const format = lineFormat('text', { now: () => Date.now(), limit });
  const lines = new LogLines({
    format: () => format,
    members: [],
    objects: take,
    texts: take,
    limit,
    onBad: () => 'text',
  });
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const block = Buffer.concat([rest, chunk]);
    rest = block.subarray(lines.take(block, false));
    if (events.length > 0) yield Buffer.concat(events);
    events = [];
  }
  lines.take(rest, true);
  if (events.length > 0) yield Buffer.concat(events);
}
