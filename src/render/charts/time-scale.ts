import type { Scale } from './scale.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Steps between times that people read easily, in milliseconds; beyond, multiples of the last. */
const STEPS: readonly number[] = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map(seconds => seconds * SECOND),
  ...[1, 2, 5, 10, 15, 30].map(minutes => minutes * MINUTE),
  ...[1, 2, 3, 6, 12].map(hours => hours * HOUR),
  ...[1, 2, 7, 14, 28, 56, 112, 364].map(days => days * DAY),
];

/** The scale of a time axis, and the dates that its labels leave out. */
export interface TimeScale extends Scale {
  /** The day or days that the axis covers, and the zone: `2026-11-22 UTC`. */
  readonly days: string;
}

/**
 * A scale from the first to the last time with ticks at round times of the zone.
 * @param min, max milliseconds since 1970
 * @param count of ticks, at most about
 */
export function timeScale(min: number, max: number, timezone: string, count: number): TimeScale {
  const [low, high] = min === max ? [min - 30 * SECOND, max + 30 * SECOND] : [min, max];
  const clock = new Clock(timezone);
  const step = timeStep((high - low) / Math.max(1, count));
  const ticks: number[] = [];
  const offset = clock.offset(low);
  for (let at = Math.ceil((low + offset) / step) * step - offset; at <= high; at += step) ticks.push(at);
  const first = clock.text(low).slice(0, 10);
  const last = clock.text(high).slice(0, 10);
  const days = first === last ? first : `${first} to ${last}`;
  return { low, high, ticks, labels: ticks.map(tick => clock.label(tick, step)), days: `${days} ${timezone}` };
}

/** The smallest round step of at least as many milliseconds. */
export function timeStep(least: number): number {
  const longest = STEPS.at(-1)!;
  return STEPS.find(step => step >= least * 0.999) ?? Math.ceil(least / longest) * longest;
}

/** The clock on the wall in a time zone. */
export class Clock {
  readonly #format: Intl.DateTimeFormat | undefined;

  constructor(timezone: string) {
    this.#format =
      timezone === 'UTC'
        ? undefined
        : new Intl.DateTimeFormat('en-US', {
            timeZone: timezone,
            hourCycle: 'h23',
            year: 'numeric',
            month: 'numeric',
            day: 'numeric',
            hour: 'numeric',
            minute: 'numeric',
            second: 'numeric',
          });
  }

  /** The milliseconds that the wall is ahead of UTC at this time. */
  offset(ms: number): number {
    if (this.#format === undefined) return 0;
    const whole = Math.floor(ms / SECOND) * SECOND;
    const parts = Object.fromEntries(this.#format.formatToParts(whole).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second) - whole;
  }

  /** `2026-11-22T10:00:00.000` */
  text(ms: number): string {
    return new Date(ms + this.offset(ms)).toISOString().slice(0, -1);
  }

  /** As much of a time as a step of an axis needs: `10:00`, `10:00:05`, `.250`, `11-22`. */
  label(ms: number, step: number): string {
    const text = this.text(ms);
    if (step >= 364 * DAY) return text.slice(0, 7);
    if (step >= DAY) return text.slice(5, 10);
    if (step >= MINUTE) return text.slice(11, 16) === '00:00' && step >= HOUR ? text.slice(5, 10) : text.slice(11, 16);
    return step >= SECOND ? text.slice(11, 19) : text.slice(17);
  }
}
