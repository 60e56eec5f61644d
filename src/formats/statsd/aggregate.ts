import { flatLabels } from '../text/flat-labels.js';
import { percentileMembers } from '../percentiles.js';
import type { StatsdSample } from './line.js';

/** Series and values collected before an interval is ended early: memory stays bounded, and no sample is left out. */
const MAX_SERIES = 50_000;
const MAX_VALUES = 500_000;

/** Gauges whose value is remembered for later changes. */
const MAX_GAUGES = 50_000;

/** The limit in characters of names, tags and members of sets: a datagram may hold one of 64 KiB. */
const MAX_CHARACTERS = 16 * 1024 * 1024;

/** Aggregates samples by interval. */
export interface StatsdAggregate {
  add(sample: StatsdSample): void;
  readonly isFull: boolean;
  /**
   * Returns the metrics reported since the last call, each as an event in JSON, and resets.
   * @param time the end of the interval, ISO 8601
   * @param seconds its length
   */
  flush(time: string, seconds: number): string[];
}

interface Series {
  readonly sample: StatsdSample;
  /** The count of a counter; the value of a gauge. */
  value: number;
  /** For a timer or histogram: each value and the number of events that it represents. */
  readonly values: (readonly [value: number, weight: number])[];
  readonly members: Set<string>;
}

/**
 * Creates an aggregate. Gauges keep their value between intervals, as in statsd, but are reported only after an update.
 */
export function statsdAggregate(): StatsdAggregate {
  let series = new Map<string, Series>();
  const gauges = new Map<string, number>();
  let values = 0;
  let characters = 0;
  let gaugeCharacters = 0;

  function seriesOf(key: string, sample: StatsdSample): Series {
    let one = series.get(key);
    if (!one) {
      series.set(key, (one = { sample, value: 0, values: [], members: new Set() }));
      characters += key.length;
    }
    return one;
  }

  /** Remembers the value of a gauge, evicting the least recently updated. */
  function remember(key: string, value: number): void {
    if (!gauges.delete(key)) gaugeCharacters += key.length;
    gauges.set(key, value);
    while (gauges.size > MAX_GAUGES || gaugeCharacters > MAX_CHARACTERS) {
      const oldest = gauges.keys().next().value!;
      gauges.delete(oldest);
      gaugeCharacters -= oldest.length;
    }
  }

  return {
    get isFull() {
      return series.size >= MAX_SERIES || values >= MAX_VALUES || characters >= MAX_CHARACTERS;
    },
    add(sample) {
      const { name, type, value, rate, isChange, tags } = sample;
      const key = JSON.stringify([type, name, ...tags.map(tag => tag.join(':')).sort()]);
      const one = seriesOf(key, sample);
      if (type === 'counter') one.value += Number(value) / rate;
      else if (type === 'gauge') {
        one.value = isChange ? (gauges.get(key) ?? 0) + Number(value) : Number(value);
        remember(key, one.value);
      } else if (type === 'set') {
        if (one.members.has(value)) return;
        values++;
        characters += value.length;
        one.members.add(value);
      } else {
        one.values.push([Number(value), 1 / rate]);
        values++;
      }
    },
    flush(time, seconds) {
      const events = Array.from(series.values(), one => eventOf(one, time, seconds));
      series = new Map();
      values = characters = 0;
      return events;
    },
  };
}

/** A sample with a client timestamp, which is not aggregated (DogStatsD 1.3), as an event in JSON. */
export function timedEvent(sample: StatsdSample, time: number): string {
  const { type, value, rate } = sample;
  const series: Series = {
    sample,
    value: type === 'counter' ? Number(value) / rate : Number(value),
    values: [[Number(value), 1 / rate]],
    members: new Set([value]),
  };
  return eventOf(series, new Date(time).toISOString(), undefined);
}

/** @param seconds the length of the interval; undefined for a single sample */
function eventOf(series: Series, time: string, seconds: number | undefined): string {
  const { name, type, tags } = series.sample;
  return (
    `{"time":${JSON.stringify(time)},"type":"metric","metric_name":${JSON.stringify(name)},"metric_type":"${type}"` +
    `${measured(series, seconds)}${type === 'timer' ? ',"unit":"ms"' : ''}${flatLabels(tags)}}`
  );
}

function measured({ sample, value, values, members }: Series, seconds: number | undefined): string {
  switch (sample.type) {
    case 'counter': {
      const rate = seconds === undefined ? '' : `,"rate":${number(seconds > 0 ? value / seconds : 0)}`;
      return `,"metric_value":${number(value)}${rate}`;
    }
    case 'gauge':
      return `,"metric_value":${number(value)}`;
    case 'set':
      return `,"metric_value":${members.size}`;
    default:
      return distribution(values);
  }
}

/** Each sampled value represents as many events as its rate implies (DogStatsD). `metric_value` is the mean. */
function distribution(values: (readonly [value: number, weight: number])[]): string {
  const sorted = values.sort(([a], [b]) => a - b);
  let count = 0;
  let sum = 0;
  const cumulative = sorted.map(([value, weight]) => {
    sum += value * weight;
    return (count += weight);
  });
  const quantile = (share: number): number => {
    const found = cumulative.findIndex(below => below >= share * count - 1e-9);
    return sorted[found < 0 ? sorted.length - 1 : found]![0];
  };
  const [min, max] = [sorted[0]![0], sorted.at(-1)![0]];
  return `,"metric_value":${number(sum / count)},"count":${number(count)},"sum":${number(sum)},"min":${min},"max":${max}${percentileMembers(quantile)}`;
}

/** A number as JSON: null for a sum that overflows a double. */
function number(value: number): string {
  return Number.isFinite(value) ? String(value) : 'null';
}
