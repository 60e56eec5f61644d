import { existsSync } from 'node:fs';
import type { Micros } from '../core/duration.js';
import { TelemetryError } from '../core/errors.js';
import { databaseFile } from '../journal/store.js';
import { watchStore } from '../journal/watch.js';
import { openSession, type Session, type SessionOptions } from '../query/session.js';
import { openScan, type Scan, type Start, type TailPage } from './scan.js';
import type { Selection, Wanted } from './selection.js';

/** What `telemetry tail` shows. */
export interface TailRequest extends Wanted, Required<Pick<SessionOptions, 'dir' | 'timezone' | 'timeStyle'>> {
  /** Past events of this time or later; those that come in are shown whatever their time. */
  readonly since: Micros | undefined;
  /** Events with this id or a higher one. */
  readonly fromId: number | undefined;
  /** How many past events to begin with at most; undefined is all. */
  readonly last: number | undefined;
  /** Whether to go on with new events after the past ones. */
  readonly follow: boolean;
  /** Told of segments whose events are left out. */
  readonly onDamaged?: SessionOptions['onDamaged'];
}

/** Told when the columns that the tail reads are known, and when they change. */
export type OnSelection = (now: Selection, before: Selection | undefined) => Promise<void>;

/**
 * The events that are asked for: the past ones, then each new one as it is committed. In id order, none missing and
 * none twice, whatever happens to the server in between; with `follow`, a store that is not there yet is waited for, and
 * one that takes its place is read from its start. Ends when the signal aborts.
 * @throws TelemetryError `sql` for a filter that does not bind; `noStore` without `follow`; `failure`.
 */
export async function* tail(
  request: TailRequest,
  onSelection: OnSelection,
  signal: AbortSignal,
): AsyncGenerator<TailPage> {
  const { dir, since, timezone, timeStyle, fromId = 1, last, follow, onDamaged } = request;
  const view = { dir, timezone, timeStyle, onDamaged, signal };
  const whole: Start = { fromId: 1, last: undefined };
  // What comes into a store that was not there is new, all of it.
  let start: Start = !follow || existsSync(databaseFile(dir)) ? { fromId, last } : { ...whole, fromId };
  let session: Session | undefined;
  let scan: Scan | undefined;
  try {
    for await (const change of follow ? watchStore(dir, signal) : ['opened' as const]) {
      if (change === 'opened') {
        session?.close();
        const isHistory = start !== whole;
        session = await openSession({ ...view, fromId: start.fromId, since: isHistory ? since : undefined });
        scan = await openScan(session, request, start, onSelection);
        if (isHistory && follow && since !== undefined) {
          yield* scan.pages(true);
          await session.refresh({ since: undefined });
        }
        start = whole;
      }
      yield* scan!.pages(!follow);
    }
  } catch (error) {
    if (!signal.aborted || !(error instanceof TelemetryError) || error.kind !== 'interrupted') throw error;
  } finally {
    session?.close();
  }
}
