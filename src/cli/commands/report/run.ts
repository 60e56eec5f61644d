import { readReport, type StoreReport } from '../../../consumers/report/read-report.js';
import { redactText } from '../../../processors/redact/detectors.js';
import { reportPage } from '../../../render/report/page.js';
import type { Context } from '../../shared/context.js';
import { damagedSegmentWarning } from '../../shared/damaged-segment-warning.js';
import { endInTime } from '../../shared/forced-end.js';
import { writeAtomically } from '../query/out-file.js';
import type { ReportOptions } from './options.js';
import { pageOf } from './page.js';
import { reportJson } from './report-json.js';

/** Reads the numbers of the store and writes them as a page or as JSON. */
export async function run(options: ReportOptions, context: Context): Promise<void> {
  const { streams, signal, readyStores } = context;
  const { store: dir, since, until, out } = options;
  const progress = await streams.progress('reading events');
  let report: StoreReport;
  try {
    const onDamaged = damagedSegmentWarning(streams);
    report = await endInTime(signal, () =>
      readReport({ dir, since, until, timezone: options.tz ?? 'UTC', signal, readyStores, onDamaged }, options.traces),
    );
  } finally {
    progress.stop();
  }
  const clean = redactor(options);
  const text = options.format === 'json' ? jsonText(report, clean) : reportPage(clean(pageOf(report, options)));
  if (out === undefined) return streams.out.write(text);
  await writeAtomically(out, file => file.write(text));
  await streams.err.write(`wrote ${out}\n`);
}

type Clean = <T>(value: T) => T;

function jsonText(report: StoreReport, clean: Clean): string {
  return `${JSON.stringify(clean(reportJson(report)), null, 2)}\n`;
}

/** Returns a function that redacts every text in a value. Keys are the report's own. */
function redactor({ redact }: ReportOptions): Clean {
  if (redact.length === 0) return value => value;
  const cleanText = (text: string): string => redactText(text, redact, () => undefined);
  const cleaned = (value: unknown): unknown => {
    if (typeof value === 'string') return cleanText(value);
    if (Array.isArray(value)) return value.map(cleaned);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, cleaned(inner)]));
  };
  return <T>(value: T): T => cleaned(value) as T;
}
