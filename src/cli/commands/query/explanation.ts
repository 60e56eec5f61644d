import prettyBytes from 'pretty-bytes';
import { roundedDurationText } from '../../../core/duration.js';
import type { Explanation } from '../../../query/report/explain.js';
import { counted } from '../../shared/count.js';

const number = new Intl.NumberFormat('en-US');

/** The scan statistics of a query, for a person. */
export function explanationText({ segments, journal, rows, ms }: Explanation): string {
  const { read, skipped, damaged, events, bytes } = segments;
  const held = read === 0 ? '' : ` (${counted(events, 'event')}, ${prettyBytes(bytes)})`;
  const lost = damaged === 0 ? '' : `, ${number.format(damaged)} set aside as damaged`;
  const found = journal.indexes.length === 0 ? '' : `, found by index on ${journal.indexes.join('; ')}`;
  return [
    `segments: ${number.format(read)} read${held}, ${number.format(skipped)} skipped${lost}`,
    `journal:  ${counted(journal.rowsRead, 'row')} read, ${number.format(journal.rowsSkipped)} skipped${found}`,
    `result:   ${counted(rows, 'row')} in ${roundedDurationText(ms)}`,
    '',
  ].join('\n');
}
