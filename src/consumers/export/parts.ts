import type { Session } from '../../query/session.js';
import { rowsOf } from '../../query/result/rows.js';
import type { Predicate } from '../../query/predicate.js';
import { sourceSql, whereSql } from './rows.js';
import type { ExportPart } from './request.js';

/** Counts the events in view that an export takes. */
export async function countRows(
  session: Session,
  predicate: Predicate | undefined,
  condition?: string,
): Promise<number> {
  const sql = `select count(*) from ${sourceSql(predicate)}${whereSql(predicate, condition)}`;
  const [row] = await rowsOf(await session.query(sql));
  return Number(row![0]);
}

/**
 * Cuts the ids `(afterId, toId]` that may hold events within the bounds of a session into parts of at most `ids` ids.
 * Ids without events, such as those that retention removed, are left out.
 */
export async function partsBetween(
  session: Session,
  { afterId, toId }: ExportPart,
  ids: number,
): Promise<ExportPart[]> {
  const { sealedId, lastId } = await session.refresh({ fromId: afterId + 1, toId });
  const sealed = session.plan.segments.map(({ firstId, lastId: to }) => ({ afterId: firstId - 1, toId: to }));
  const all = [...sealed, { afterId: sealedId, toId: lastId }]
    .map(part => ({ afterId: Math.max(part.afterId, afterId), toId: Math.min(part.toId, toId) }))
    .filter(part => part.toId > part.afterId);
  return united(all).flatMap(part => cut(part, ids));
}

/** Unites parts that overlap or touch. */
function united(parts: readonly ExportPart[]): ExportPart[] {
  const whole: ExportPart[] = [];
  for (const part of [...parts].sort((a, b) => a.afterId - b.afterId)) {
    const last = whole.at(-1);
    if (last && part.afterId <= last.toId) {
      whole[whole.length - 1] = { afterId: last.afterId, toId: Math.max(last.toId, part.toId) };
    } else whole.push(part);
  }
  return whole;
}

function cut({ afterId, toId }: ExportPart, ids: number): ExportPart[] {
  const count = Math.ceil((toId - afterId) / ids);
  return Array.from({ length: count }, (_, i) => ({
    afterId: afterId + i * ids,
    toId: Math.min(toId, afterId + (i + 1) * ids),
  }));
}
