import type { SnapshotSource } from '../database/snapshot-source.js';

/*
 * Events as lines: `id U+0001 stream U+0001 received_at U+0001 payload`, separated by U+001E. Valid JSON has no control
 * character but white space. In an escaped page U+0002 and U+0003 stand for LF and CR, and `U+0004 encoding U+0004 sent
 * U+0004` comes before a payload that has an encoding, with `sent` as in the pages of rows.
 */

/** Events as lines. */
export interface LinePage {
  /** In UTF-8; nothing follows the last one. */
  readonly lines: Buffer;
  /** The id of the last one. */
  readonly lastId: number;
}

/**
 * In place of a payload that is large or has an encoding: its page has to be read again, exactly. One mark is cheaper
 * than to count such payloads.
 */
export const OMITTED = 5;

/** Payloads up to this size are read without a look at their sizes before. */
const MAX_LINE_BYTES = 16 * 1024;

const SEPARATOR = 'char(1)';

const HEAD = `id || ${SEPARATOR} || stream_id || ${SEPARATOR} || received_at || ${SEPARATOR}`;

const escaped = (text: string): string => `replace(replace(${text}, char(10), char(2)), char(13), char(3))`;

const ENCODED = `iif(encoding is null, '', char(4) || iif(encoding is 'surrogate', '', encoding) || char(4)
  || iif(encoding is 'surrogate', ${escaped('payload')}, '') || char(4))
  || ${escaped(`iif(encoding is 'surrogate', well_formed(payload), payload)`)}`;

/**
 * Measures the payloads of at most `limit` events with ids in `(afterId, upToId]`. They are not read.
 * @returns their bytes, and the id of the last one; undefined when there are no events.
 */
export function measureLines(
  source: SnapshotSource,
  afterId: number,
  upToId: number,
  limit: number,
): { bytes: number; lastId: number } | undefined {
  const [bytes, lastId] = source
    .prepareScan(
      'events',
      name => `select sum(octet_length(payload)), max(id)
        from (select id, payload from ${name} where id > ? and id <= ? order by id limit ?)`,
    )
    .raw()
    .get(afterId, upToId, limit) as [number | null, number | null];
  return bytes === null || lastId === null ? undefined : { bytes, lastId };
}

/**
 * Reads at most `limit` events with ids in `(afterId, upToId]`; undefined when nothing is left.
 * @param isExact true for a page that was measured: its payloads are read whatever their size, and escaped. Else some
 *   may be {@link OMITTED}.
 */
export function readLines(
  source: SnapshotSource,
  { afterId, upToId, limit, isExact }: { afterId: number; upToId: number; limit: number; isExact: boolean },
): LinePage | undefined {
  const text = isExact
    ? ENCODED
    : `iif(octet_length(payload) > ${MAX_LINE_BYTES} or encoding is not null, char(${OMITTED}), payload)`;
  const [lastId, lines] = source
    .prepareScan(
      'events',
      name => `select max(id), cast(group_concat(${HEAD} || ${text}, char(30)) as blob)
        from (select id, stream_id, received_at, payload, encoding from ${name} where id > ? and id <= ? order by id limit ?)`,
    )
    .raw()
    .get(afterId, upToId, limit) as [number | null, Buffer | null];
  return lastId === null || lines === null ? undefined : { lines, lastId };
}
