import type { Result, Row } from '../core/result.js';
import { batchesOf } from './batches.js';

/** Rows that are buffered and measured together: twenty screens, so most tables are one page. */
const PAGE_ROWS = 1000;

/** A page also ends at this many characters: 1000 payloads of 1 MiB must not be buffered. */
const PAGE_CHARACTERS = 8 * 1024 * 1024;

/** A part of a result's rows. */
export interface Page {
  readonly rows: readonly Row[];
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

/** The result in pages of bounded size, at least one. Buffers one page to recognize the last. */
export async function* pagesOf(result: Result, signal: AbortSignal | undefined): AsyncGenerator<Page> {
  let rows: Row[] = [];
  let isFirst = true;
  let characters = 0;
  for await (const batch of batchesOf(result, signal)) {
    for (const row of batch) {
      if (rows.length >= PAGE_ROWS || characters >= PAGE_CHARACTERS) {
        yield { rows, isFirst, isLast: false };
        isFirst = false;
        rows = [];
        characters = 0;
      }
      rows.push(row);
      for (const cell of row) characters += cell?.length ?? 0;
    }
  }
  yield { rows, isFirst, isLast: true };
}
