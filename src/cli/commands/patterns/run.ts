import { findPatterns, type Patterns } from '../../../consumers/patterns/find.js';
import { openSession } from '../../../query/session.js';
import { glyphsOf } from '../../../render/charts/glyphs.js';
import type { Context } from '../../shared/context.js';
import { endInTime } from '../../shared/forced-end.js';
import { lookSession, type LookOptions } from '../../shared/look-options.js';
import { columnsOf, printReport, resultOf } from '../../shared/report.js';
import { patternsText } from './report.js';

/** Finds patterns and prints them. */
export async function run(options: LookOptions, context: Context): Promise<void> {
  const { streams, signal } = context;
  const { limit, format, where } = options;
  const progress = await streams.progress('grouping messages');
  let found: Patterns;
  try {
    found = await endInTime(signal, async () => {
      const session = await openSession(lookSession(options, context));
      try {
        return await findPatterns(session, where);
      } finally {
        session.close();
      }
    });
  } finally {
    progress.stop();
  }
  const shown = limit === 0 ? found.patterns : found.patterns.slice(0, limit);
  const glyphs = glyphsOf(options.glyphStyle);
  const { columns, color } = streams;
  await printReport(format, context, {
    table: () => streams.out.write(patternsText(found, shown, { columns, color, glyphs })),
    json: format === 'ndjson' ? shown : { ...found, patterns: shown },
    rows: () =>
      resultOf(
        [...columnsOf(['events', 'share'], 'number'), ...columnsOf(['severity', 'template', 'example', 'where'])],
        shown.map(({ events, share, severity, template, example, where: condition }) => [
          String(events),
          String(share),
          severity,
          template,
          example,
          condition,
        ]),
      ),
  });
}
