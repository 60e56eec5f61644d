import prettyBytes from 'pretty-bytes';
import type { Input } from '../../../sources/shared/input.js';
import { cut } from '../../../render/width.js';
import type { Context } from '../../shared/context.js';

/** Refresh interval, in milliseconds. */
const REFRESH_MS = 100;

const BAR_CELLS = 10;

/** Minimum width of the file name, however narrow the terminal is. */
const MIN_NAME_COLUMNS = 12;

/** The progress display of a file. */
export interface Meter {
  readonly show: (progress: { readonly read: number; readonly events: number }) => void;
  stop(): void;
}

/** Opens the progress display of a file. */
export async function openMeter({ name, size }: Input, { streams, ...context }: Context): Promise<Meter> {
  const now = (): number => context.now();
  const note = await streams.progress(name);
  const begun = now();
  let first: number | undefined;
  let shown = 0;
  return {
    show({ read, events }) {
      first ??= read;
      if (now() - shown < REFRESH_MS) return;
      shown = now();
      const seconds = (shown - begun) / 1000;
      const rate = Math.round(events / Math.max(seconds, 0.001)).toLocaleString('en-US');
      const counted = `${events.toLocaleString('en-US')} events, ${rate}/s`;
      const done =
        size === undefined
          ? prettyBytes(read)
          : `${barOf(read / size)} ${Math.floor((100 * read) / size)} %, ${eta(read - first, size - read, seconds)}`;
      const text = `  ${done}, ${counted}`;
      note.update(cut(name, Math.max(MIN_NAME_COLUMNS, note.columns - text.length)) + text);
    },
    stop: () => note.stop(),
  };
}

function barOf(share: number): string {
  const full = Math.min(BAR_CELLS, Math.round(share * BAR_CELLS));
  return `[${'#'.repeat(full)}${'-'.repeat(BAR_CELLS - full)}]`;
}

/** The remaining time at the average speed so far. */
function eta(done: number, left: number, seconds: number): string {
  if (done <= 0) return 'ETA unknown';
  const rest = Math.ceil((left / done) * seconds);
  return `ETA ${Math.floor(rest / 60)}:${String(rest % 60).padStart(2, '0')}`;
}
