import { roundedDurationText } from '../../../core/duration.js';
import type { TelemetryError } from '../../../core/errors.js';
import type { Ingested } from '../../../sources/import/import.js';

/** The result of importing one file. */
export interface FileOutcome {
  readonly file: string;
  /** Undefined when the file could not be read at all. */
  readonly ingested: Ingested | undefined;
  readonly skipped: number;
  readonly seconds: number;
  readonly error: TelemetryError | undefined;
  /** True when all further files would fail the same way. */
  readonly isLast: boolean;
}

/** A line for people; empty for a file that could not be read, which stderr reports. */
export function fileText({ file, ingested, skipped, seconds }: FileOutcome): string {
  if (!ingested) return '';
  const { reading, events, duplicates, before } = ingested;
  const parts = [
    `${count(events, 'event')} stored`,
    ...(before > 0 ? [`${count(before, 'event')} stored before`] : []),
    ...(duplicates > 0 ? [`${count(duplicates, 'event')} known by their event_id`] : []),
    ...(skipped > 0 ? [`${skipped.toLocaleString('en-US')} skipped`] : []),
  ];
  return `${file}: ${parts.join(', ')} (${reading}, ${roundedDurationText(seconds * 1000)})\n`;
}

/** A JSON object that summarizes all files. */
export function summaryJson(outcomes: readonly FileOutcome[]): string {
  const files = outcomes.map(({ file, ingested, skipped, seconds, error }) => ({
    file,
    type: ingested?.reading ?? null,
    stored: ingested?.events ?? 0,
    stored_before: ingested?.before ?? 0,
    duplicates: ingested?.duplicates ?? 0,
    skipped,
    seconds,
    ...(error && { error: error.message }),
  }));
  const sum = (key: 'stored' | 'stored_before' | 'duplicates' | 'skipped'): number =>
    files.reduce((total, file) => total + file[key], 0);
  const totals = {
    stored: sum('stored'),
    stored_before: sum('stored_before'),
    duplicates: sum('duplicates'),
    skipped: sum('skipped'),
  };
  return `${JSON.stringify({ ...totals, files })}\n`;
}

/** The error message of a file that is not the last one. */
export function problemText({ message, remedy }: TelemetryError): string {
  return `telemetry: ${message}\n${remedy === undefined ? '' : `${remedy}\n`}`;
}

function count(number: number, what: string): string {
  return `${number.toLocaleString('en-US')} ${what}${number === 1 ? '' : 's'}`;
}
