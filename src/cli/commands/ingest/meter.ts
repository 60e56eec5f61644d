import prettyBytes from 'pretty-bytes';
import type { Input } from '../../../sources/shared/input.js';
import { cut } from '../../../render/width.js';
import type { Context } from '../../shared/context.js';

/** Often enough for eyes. */
const EVERY_MS = 100;

const BAR_CELLS = 10;

/** So much of a name is shown however narrow the terminal is. */
const LEAST_NAME_COLUMNS = 12;

/** Shows how far a file is. */
export interface Meter {
  readonly show: (progress: { readonly read: number; readonly events: number }) => void;
  stop(): void;
}

/** Starts the note on a file, on a terminal. */
export async function openMeter({ name, size }: Input, { streams, ...context }: Context): Promise<Meter> {
  const now = (): number => context.now();
  const note = await streams.progress(name);
  const begun = now();
  let first: number | undefined;
  let shown = 0;
  return {
    show({ read, events }) {
      first ??= read;
      if (now() - shown < EVERY_MS) return;
      shown = now();
      const seconds = (shown - begun) / 1000;
      const rate = Math.round(events / Math.max(seconds, 0.001)).toLocaleString('en-US');
      const counted = `${events.toLocaleString('en-US')} events, ${rate}/s`;
      const done =
        size === undefined
          ? prettyBytes(read)
          : `${barOf(read / size)} ${Math.floor((100 * read) / size)} %, ${eta(read - first, size - read, seconds)}`;
      const text = `  ${done}, ${counted}`;
      note.update(cut(name, Math.max(LEAST_NAME_COLUMNS, note.columns - text.length)) + text);
    },
    stop: () => note.stop(),
  };
}

function barOf(share: number): string {
  const full = Math.min(BAR_CELLS, Math.round(share * BAR_CELLS));
  return `[${'#'.repeat(full)}${'-'.repeat(BAR_CELLS - full)}]`;
}

/** How long the rest takes at the speed so far. */
function eta(done: number, left: number, seconds: number): string {
  if (done <= 0) return 'ETA unknown';
  const rest = Math.ceil((left / done) * seconds);
  return `ETA ${Math.floor(rest / 60)}:${String(rest % 60).padStart(2, '0')}`;
}
