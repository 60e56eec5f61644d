import type { SnapshotSource } from '../database/snapshot-source.js';

/*
 * Events as lines: `id U+0001 stream U+0001 received_at U+0001 payload`, separated by U+001E. Valid JSON has no control
 * character but white space. In an escaped page U+0002 and U+0003 stand for LF and CR, and `U+0004 encoding U+0004 sent
 * U+0004` comes before a payload that has an encoding, with `sent` as in the pages of rows.
 */

/** Events as lines. */
export interface LinePage {
  readonly events: number;
  /** In UTF-8; nothing follows the last one. */
  readonly lines: Buffer;
  /** The id of the last one. */
  readonly lastId: number;
  readonly hasEncodings: boolean;
  /** True when some payloads are larger than {@link MAX_LINE_BYTES}: they are missing. */
  readonly hasLarge: boolean;
}

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
 * Reads at most `limit` events with ids in `(afterId, upToId]`.
 * @param isExact true for a page that was measured: its payloads are read whatever their size, and escaped.
 */
export function readLines(
  source: SnapshotSource,
  { afterId, upToId, limit, isExact }: { afterId: number; upToId: number; limit: number; isExact: boolean },
): LinePage {
  const text = isExact ? ENCODED : `iif(octet_length(payload) > ${MAX_LINE_BYTES}, '', payload)`;
  const [events, encodings, large, lastId, lines] = source
    .prepareScan(
      'events',
      name => `select count(*), count(encoding), coalesce(sum(octet_length(payload) > ${MAX_LINE_BYTES}), 0), max(id),
          cast(group_concat(${HEAD} || ${text}, char(30)) as blob)
        from (select id, stream_id, received_at, payload, encoding from ${name} where id > ? and id <= ? order by id limit ?)`,
    )
    .raw()
    .get(afterId, upToId, limit) as [number, number, number, number | null, Buffer | null];
  return {
    events,
    lines: lines ?? Buffer.alloc(0),
    lastId: lastId ?? afterId,
    hasEncodings: encodings > 0,
    hasLarge: large > 0 && !isExact,
  };
}
