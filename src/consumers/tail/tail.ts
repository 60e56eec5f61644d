import { existsSync } from 'node:fs';
import type { Micros } from '../../core/duration.js';
import { TelemetryError } from '../../core/errors.js';
import { databaseFile } from '../../store/database/store.js';
import { watchStore } from '../../store/database/store-watch.js';
import { openSession, type Session, type SessionOptions } from '../../query/session.js';
import { openScan, type Scan, type Start, type TailPage } from './scan.js';
import type { Selection, Wanted } from './selection.js';

/** The options of `telemetry tail`. */
export interface TailRequest extends Wanted, Required<Pick<SessionOptions, 'dir' | 'timezone' | 'timeStyle'>> {
  /** Start time of stored events, in microseconds since 1970. New events are printed whatever their time. */
  readonly since: Micros | undefined;
  /** Past events before this time. */
  readonly until?: Micros | undefined;
  /** Events with this id or a higher one. */
  readonly fromId: number | undefined;
  /** Maximum number of past events to start with; undefined shows all. */
  readonly last: number | undefined;
  /** True to continue with new events after the past ones. */
  readonly follow: boolean;
  /** Told of segments whose events are left out. */
  readonly onDamaged?: SessionOptions['onDamaged'];
  readonly readyStores?: SessionOptions['readyStores'];
  /** Called each time that all events of the moment were yielded. */
  readonly onCaughtUp?: (() => Promise<void>) | undefined;
}

/** Told when the columns that the tail reads are known, and when they change. */
export type OnSelection = (now: Selection, before: Selection | undefined) => Promise<void>;

/**
 * The events that are asked for: the past ones, then each new one as it is committed. In id order, none missing and
 * none twice, whatever happens to the server in between; with `follow`, a store that is not there yet is waited for,
 * and one that takes its place is read from its start. Ends when the signal aborts.
 * @throws TelemetryError `sql` for a filter that does not bind or fails for a past event; one that was fine then does
 * not end the tail. `noStore` without `follow`; `failure`.
 */
export async function* tail(
  request: TailRequest,
  onSelection: OnSelection,
  signal: AbortSignal,
): AsyncGenerator<TailPage> {
  const { dir, since, until, timezone, timeStyle, fromId = 1, last, follow, onDamaged, readyStores } = request;
  const view = { dir, timezone, timeStyle, onDamaged, readyStores, signal };
  const whole: Start = { fromId: 1, last: undefined };
  const bounds = { ...(since !== undefined && { since }), ...(until !== undefined && { until }) };
  // What comes into a store that was not there is new, all of it.
  const isThere = !follow || existsSync(databaseFile(dir));
  let start: Start = isThere ? { fromId, last } : { ...whole, fromId };
  let hasBounds = isThere && (since !== undefined || until !== undefined);
  let session: Session | undefined;
  let scan: Scan | undefined;

  const open = async (from: Start, of: typeof bounds): Promise<Scan> => {
    session?.close();
    session = undefined;
    session = await openSession({ ...view, ...of, fromId: from.fromId });
    return (scan = await openScan(session, request, from, onSelection, scan?.selection));
  };

  try {
    for await (const change of follow ? watchStore(dir, signal) : ['opened' as const]) {
      if (change === 'opened') {
        scan = await open(start, hasBounds ? bounds : {});
        start = whole;
        if (hasBounds && follow) {
          yield* scan.pages(true);
          scan = await open({ fromId: scan.nextId, last: undefined, context: scan.context }, {});
        }
        hasBounds = false;
      }
      yield* scan!.pages(!follow);
      await request.onCaughtUp?.();
    }
  } catch (error) {
    if (!signal.aborted || !(error instanceof TelemetryError) || error.kind !== 'interrupted') throw error;
  } finally {
    session?.close();
  }
}
