import { findFacets, type Facets } from '../../../consumers/diff/facets.js';
import { openSession } from '../../../query/session.js';
import { glyphsOf } from '../../../render/charts/glyphs.js';
import type { Context } from '../../shared/context.js';
import { endInTime } from '../../shared/forced-end.js';
import { lookSession } from '../../shared/look-options.js';
import { columnsOf, printReport, resultOf } from '../../shared/report.js';
import type { FacetsOptions } from './options.js';
import { facetsText, valueText } from './report.js';

/** Counts values and prints them. */
export async function run(options: FacetsOptions, context: Context): Promise<void> {
  const { streams, signal } = context;
  const { where, limit, attributes, format, isVerbose } = options;
  const glyphs = glyphsOf(options.glyphStyle);
  const progress = await streams.progress('counting values');
  let found: Facets;
  try {
    found = await endInTime(signal, async () => {
      const session = await openSession(lookSession(options, context));
      try {
        const only = attributes.length === 0 ? undefined : attributes;
        return await findFacets(session, { where, most: limit === 0 ? Infinity : limit, only });
      } finally {
        session.close();
      }
    });
  } finally {
    progress.stop();
  }
  const { columns, color } = streams;
  const lines = found.facets.flatMap(({ attribute, values }) => values.map(value => ({ attribute, ...value })));
  await printReport(format, context, {
    table: () => streams.out.write(facetsText(found, { columns, color, glyphs, isVerbose })),
    json: format === 'ndjson' ? lines : found,
    rows: () =>
      resultOf(
        [...columnsOf(['attribute', 'value']), ...columnsOf(['events', 'share'], 'number'), ...columnsOf(['where'])],
        lines.map(line => [line.attribute, valueText(line), String(line.events), String(line.share), line.where]),
      ),
  });
}
