import { rowsSql } from '../rows.js';
import { textFile, type TextOutput } from './text-file.js';
import type { ExportWriter, WriterParts } from './writer.js';

/** CSV (RFC 4180) with a header: core columns, flat columns, then the payload as sent. */
export function csv(parts: WriterParts, output?: TextOutput): ExportWriter {
  const { session, predicate, state, compression } = parts;
  const partOf = (isFirst: boolean) => ({
    sql: `${rowsSql({ columns: state.columns, attributes: session.attributes, predicate, form: 'text' })} order by id`,
    options: `format csv, header ${isFirst}, delim ',', quote '"', escape '"', compression ${compression}`,
  });
  return textFile(parts, partOf, output);
}
