import { LineError } from './line-error.js';

const SECONDS = /^([+-]?\d+)(?:\.(\d*))?$/;

/**
 * A sample's timestamp as an ISO 8601 time in JSON. Text format 0.0.4 counts milliseconds, OpenMetrics seconds, whose
 * digits are kept to the nanosecond.
 * @throws LineError for anything else.
 */
export function timeJson(timestamp: string, isOpenMetrics: boolean): string {
  const [, whole, fraction = ''] = SECONDS.exec(timestamp) ?? [];
  if (!isOpenMetrics) {
    if (whole === undefined || timestamp.includes('.')) throw new LineError(`"${timestamp}" is not a timestamp`);
    return iso(Number(whole), timestamp);
  }
  const isExact = whole !== undefined && !whole.startsWith('-') && fraction.length > 3;
  if (!isExact) return iso(Math.round(Number(timestamp) * 1000), timestamp);
  return iso(Number(whole) * 1000, timestamp).replace('.000Z', `.${fraction.slice(0, 9)}Z`);
}

function iso(ms: number, timestamp: string): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) throw new LineError(`"${timestamp}" is not a timestamp`);
  return `"${date.toISOString()}"`;
}
