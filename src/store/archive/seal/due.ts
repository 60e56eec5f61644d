import type { Micros } from '../../../core/duration.js';
import type { ArchiveTuning } from '../../../core/limits.js';
import type { JournalReader } from '../../journal/reader.js';

/** A burst has the machine for itself for so long: its events are sealed once it is over, or has gone on. */
const BURST_MS = 10_000;

/** The same while a remote lacks events: forwarding reads them from segments, and the remote lags by this time. */
const FORWARDED_BURST_MS = 1000;

/** A burst ends with this many events: a query reads the journal at a million events a second. */
const BURST_EVENTS = 2_000_000;

/** And with this many bytes in the journal, of which sealing makes a tenth. */
const BURST_BYTES = 768 * 1024 * 1024;

/** Clocks of threads and processes of one machine differ by far less. */
const CLOCK_TOLERANCE_MS = 3000;

/** A burst is over when nothing came for so long. */
const LULL_MS = 250;

/**
 * Returns whether there are events to seal: too old, or too many outside of a burst that has just begun. An oldest event of
 * the future was received before the clock was put back, and is due: it would hold up those behind it until then.
 */
export function isDue(
  reader: Pick<JournalReader, 'sealedId' | 'lastId' | 'readPage' | 'usedBytes'>,
  { sealEvents, sealAfter }: Pick<ArchiveTuning, 'sealEvents' | 'sealAfter'>,
  now: Micros,
  isForwarded = false,
): boolean {
  const last = reader.lastId();
  const [first] = reader.readPage(['id', 'received_at'], reader.sealedId(), last, 1).values as [number, Micros][];
  if (!first) return false;
  const [firstId, oldest] = first;
  if (now - oldest > sealAfter * 1000 || oldest - now > CLOCK_TOLERANCE_MS * 1000) return true;
  if (last - firstId < sealEvents) return false;
  const [newest] = reader.readPage(['received_at'], last - 1, last, 1).values as [Micros][];
  return !(
    last - firstId < BURST_EVENTS &&
    reader.usedBytes() < BURST_BYTES &&
    isWithin(oldest, isForwarded ? FORWARDED_BURST_MS : BURST_MS, now) &&
    newest &&
    isWithin(newest[0], LULL_MS, now)
  );
}

function isWithin(at: Micros, ms: number, now: Micros): boolean {
  return at <= now && now - at <= ms * 1000;
}
