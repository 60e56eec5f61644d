import { canonicalUnit, formatQuantity, msIn } from './quantity.js';

/** The ends of an axis and the values between that have labels. */
export interface Scale {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
  /** Labels of `ticks`. */
  readonly labels: readonly string[];
}

/** The share of the highest value below which the lowest lies, for an axis that begins at 0. */
const BEGINS_AT_ZERO = 0.5;

/** The digits of the most exact labels: a double has no more. */
const MAX_DIGITS = 15;

/**
 * A scale whose ends are ticks at round numbers: 1, 2 or 5 times a power of ten; for times above a second, steps of
 * seconds, minutes and hours.
 * @param count of ticks, about
 * @param fromZero true when the axis must begin at 0, as for bars
 */
export function scaleOf(min: number, max: number, unit: string, count: number, fromZero: boolean): Scale {
  let low = fromZero || (min > 0 && min < max * BEGINS_AT_ZERO) ? Math.min(0, min) : min;
  let high = fromZero || (max < 0 && max > min * BEGINS_AT_ZERO) ? Math.max(0, max) : max;
  if (low === high) [low, high] = aroundOne(low);
  const step = stepOf((high - low) / Math.max(1, count - 1), unit);
  low = Math.floor(low / step + 1e-9) * step;
  high = Math.ceil(high / step - 1e-9) * step;
  return withLabels(low, high, ticksBetween(low, high, step), unit);
}

/** A scale from the lowest to the highest value, with ticks between. */
export function innerScale(min: number, max: number, unit: string, count: number): Scale {
  const [low, high] = min === max ? aroundOne(min) : [min, max];
  const step = stepOf((high - low) / Math.max(1, count), unit);
  return withLabels(low, high, ticksBetween(Math.ceil(low / step - 1e-9) * step, high, step), unit);
}

/** Equal bins at round numbers, at most `count`, that hold every value. */
export function binsOf(
  min: number,
  max: number,
  unit: string,
  count: number,
): { start: number; step: number; count: number } {
  const [low, high] = min === max ? aroundOne(min) : [min, max];
  let step = stepOf((high - low) / count, unit);
  for (;;) {
    const start = Math.floor(low / step) * step;
    const bins = Math.floor((high - start) / step) + 1;
    if (bins <= count) return { start, step, count: bins };
    // Where the values are too close for floating point, the steps grow until the bins differ.
    step = stepOf(step * 1.5, unit);
  }
}

/** Labels of values, with the digits that tell neighbours apart. */
export function labelsOf(values: readonly number[], unit: string): string[] {
  for (let digits = 3; digits < MAX_DIGITS; digits++) {
    const labels = values.map(value => formatQuantity(value, unit, digits));
    if (new Set(labels).size === new Set(values).size) return labels;
  }
  return values.map(value => formatQuantity(value, unit, MAX_DIGITS));
}

function withLabels(low: number, high: number, ticks: readonly number[], unit: string): Scale {
  return { low, high, ticks, labels: labelsOf(ticks, unit) };
}

function aroundOne(value: number): [number, number] {
  if (value === 0) return [0, 1];
  return value > 0 ? [0, value * 2] : [value * 2, 0];
}

const SECONDS = [1, 2, 5, 10, 15, 30];
const TIME_STEPS = [
  ...SECONDS,
  ...SECONDS.map(minutes => minutes * 60),
  ...[1, 2, 3, 6, 12, 24].map(hours => hours * 3600),
];

function stepOf(least: number, unit: string): number {
  const perSecond = 1000 / (msIn(unit) ?? Infinity);
  if (perSecond > 0 && least >= perSecond) {
    const seconds = TIME_STEPS.find(step => step * perSecond >= least * 0.999);
    if (seconds !== undefined) return seconds * perSecond;
  }
  const power = 10 ** Math.floor(Math.log10(least));
  const step = ([1, 2, 5, 10].find(factor => factor * power >= least * 0.999) ?? 10) * power;
  return canonicalUnit(unit) === '' || step >= 1 ? step : Number(step.toPrecision(1));
}

function ticksBetween(low: number, high: number, step: number): number[] {
  const count = Math.floor((high - low) / step + 1e-6) + 1;
  return Array.from({ length: Math.max(0, count) }, (_, i) => Number((low + i * step).toPrecision(12)));
}
