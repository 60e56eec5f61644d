import type { Label } from '../text/flat-labels.js';
import { numberText } from '../json/number-text.js';
import { fieldsOf } from './fields.js';
import { statsdName } from './name.js';

/** The metric types of statsd clients. */
export type StatsdType = 'counter' | 'gauge' | 'timer' | 'histogram' | 'distribution' | 'set';

/**
 * A gauge with a sign (`-5|g`) is a change in statsd, and a value in DogStatsD, which has no changes. `auto` reads it
 * as a value when the line has a part specific to DogStatsD.
 */
export type GaugeSigns = 'auto' | 'absolute' | 'relative';

/** One sample of a metric. */
export interface StatsdSample {
  readonly name: string;
  readonly type: StatsdType;
  /** A text: a set counts distinct members of any form. */
  readonly value: string;
  /** True when a gauge's value is a change (`+3`, `-3`). */
  readonly isChange: boolean;
  /** The share of events that are sent, above 0 and at most 1. */
  readonly rate: number;
  readonly tags: readonly Label[];
  /** Client timestamp, in milliseconds since 1970: such a sample is a separate event. */
  readonly time: number | undefined;
}

/** The content of a line. */
export interface StatsdLine {
  readonly samples: readonly StatsdSample[];
  /** Unreadable samples; 1 for a line without any. */
  readonly invalid: number;
}

/** Types by their letters: those of statsd, and `h` and `d` of DogStatsD. */
const TYPES: Readonly<Record<string, StatsdType>> = {
  c: 'counter',
  m: 'counter',
  g: 'gauge',
  ms: 'timer',
  h: 'histogram',
  d: 'distribution',
  s: 'set',
};

/** Values with their type and rate, as text. */
interface Part {
  readonly values: string;
  readonly letters: string;
  readonly rate: string | undefined;
}

const NOTHING: StatsdLine = { samples: [], invalid: 1 };

/**
 * Reads a line `name:value|type[|@rate][|#tag:value,...]`. It may hold several samples of the name, as in statsd
 * (`name:1|c:2|c`) and DogStatsD 1.1 (`name:1:2|ms`), and tags in the name ({@link statsdName}). DogStatsD's fields
 * apply to all samples of the line.
 */
export function statsdLine(line: string, signs: GaugeSigns): StatsdLine {
  const found = statsdName(line);
  if (!found) return NOTHING;
  const { parts, fields } = partsOf(found.rest);
  const { tags, time, isDogstatsd } = fieldsOf(fields, found.tags);
  if (Number.isNaN(time)) return { samples: [], invalid: parts.length };
  const samples: StatsdSample[] = [];
  let invalid = 0;
  for (const { values, letters, rate: said } of parts) {
    const type = Object.hasOwn(TYPES, letters) ? TYPES[letters] : undefined;
    const rate = said === undefined ? 1 : Number(said);
    const each = type === 'set' ? [values] : values.split(':');
    const isAbsolute = signs === 'absolute' || (signs === 'auto' && (isDogstatsd || each.length > 1));
    for (const value of each) {
      if (!type || !(rate > 0 && rate <= 1) || (type !== 'set' && !isNumber(value))) {
        invalid++;
        continue;
      }
      const isChange = type === 'gauge' && /^[+-]/.test(value) && !isAbsolute && time === undefined;
      samples.push({ name: found.name, type, value, isChange, rate, tags, time });
    }
  }
  return { samples, invalid };
}

/**
 * Splits the text after a name into samples and fields of DogStatsD. A colon after a type or a rate begins a sample.
 */
function partsOf(rest: string): { parts: readonly Part[]; fields: readonly string[] } {
  const [first = '', ...others] = rest.split('|');
  const parts: Part[] = [];
  const fields: string[] = [];
  let values = first;
  let letters: string | undefined;
  let rate: string | undefined;
  for (const piece of others) {
    const isRate = letters !== undefined && piece.startsWith('@');
    if (letters !== undefined && !isRate) {
      fields.push(piece);
      continue;
    }
    const colon = piece.indexOf(':');
    const own = colon < 0 ? piece : piece.slice(0, colon);
    if (isRate) rate = own.slice(1);
    else letters = own;
    if (colon < 0) continue;
    parts.push({ values, letters: letters!, rate });
    values = piece.slice(colon + 1);
    letters = rate = undefined;
  }
  parts.push({ values, letters: letters ?? '', rate });
  return { parts, fields };
}

function isNumber(value: string): boolean {
  const number = numberText(value);
  return number !== undefined && number.special === undefined;
}
