import type { Database } from 'better-sqlite3';
import { DEDUPLICATION_WINDOW } from '../../core/limits.js';
import { hashId, type IdHash } from './deduplication.js';

const BYTES_PER_HASH = 8;

/** An event's id for de-duplication, as JSON, or NULL. instr() first: it is far cheaper than reading JSON, and most events carry none. */
export const EVENT_ID_SQL = `iif(instr(payload, '"event_id"') > 0 and encoding is not 'base64'
  and json_type(payload, '$.event_id') in ('text', 'integer'), payload -> '$.event_id', null)`;

/** The hash of what {@link EVENT_ID_SQL} gave: of the bytes as sent, without the quotes of a string. Undefined for an empty one. */
export function hashOfEventId(json: string): IdHash | undefined {
  const bytes = Buffer.from(json.startsWith('"') ? json.slice(1, -1) : json);
  return bytes.length > 0 ? hashId(bytes, 0, bytes.length) : undefined;
}

/** Keeps the hashes of event ids that leave the journal, within the caller's transaction; those past the window are forgotten. */
export function rememberSealed(db: Database, lastId: number, hashes: readonly IdHash[]): void {
  if (hashes.length === 0) return;
  const packed = new Uint32Array(2 * hashes.length);
  hashes.forEach(({ high, low }, i) => packed.set([high, low], 2 * i));
  db.prepare('insert or replace into sealed_event_ids values (?, ?)').run(lastId, Buffer.from(packed.buffer));
  const sizes = db
    .prepare<[], [number, number]>('select last_id, length(hashes) from sealed_event_ids order by last_id desc')
    .raw()
    .all();
  let kept = 0;
  const oldest = sizes.find(([, bytes]) => (kept += bytes / BYTES_PER_HASH) >= DEDUPLICATION_WINDOW)?.[0];
  if (oldest !== undefined) db.prepare('delete from sealed_event_ids where last_id < ?').run(oldest);
}

/** Hands every hash that is kept to `remember`, oldest first, with the id of an event that is not older than its own. */
export function recallSealed(db: Database, remember: (hash: IdHash, eventId: number) => void): void {
  const rows = db
    .prepare<[], [number, Buffer]>('select last_id, hashes from sealed_event_ids order by last_id')
    .raw()
    .iterate();
  for (const [lastId, hashes] of rows) {
    for (let at = 0; at < hashes.length; at += BYTES_PER_HASH) {
      remember({ high: hashes.readUInt32LE(at), low: hashes.readUInt32LE(at + 4) }, lastId);
    }
  }
}
