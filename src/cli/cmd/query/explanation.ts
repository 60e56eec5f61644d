import prettyBytes from 'pretty-bytes';
import type { Explanation } from '../../../query/explain.js';

const number = new Intl.NumberFormat('en-US');

/** What a query read, for a person. */
export function explanationText({ segments, journal, rows, ms }: Explanation): string {
  const { read, skipped, damaged, events, bytes } = segments;
  const held = read === 0 ? '' : ` (${number.format(events)} events, ${prettyBytes(bytes)})`;
  const lost = damaged === 0 ? '' : `, ${number.format(damaged)} set aside as damaged`;
  const found = journal.indexes.length === 0 ? '' : `, found by index on ${journal.indexes.join('; ')}`;
  return [
    `segments: ${number.format(read)} read${held}, ${number.format(skipped)} skipped${lost}`,
    `journal:  ${number.format(journal.rowsRead)} rows read, ${number.format(journal.rowsSkipped)} skipped${found}`,
    `result:   ${number.format(rows)} ${rows === 1 ? 'row' : 'rows'} in ${ms.toFixed(0)} ms`,
    '',
  ].join('\n');
}
