import { stringText } from '../../formats/json/walk.js';
import { AWS_KEYS_BY_NAME } from './aws-key.js';
import { byteCache } from './byte-cache.js';
import type { Detector } from './detectors.js';
import { PHONES_BY_NAME } from './phone.js';
import type { ValueByName } from './value-by-name.js';

/** Recognizes values by the names of their keys. */
export interface NamedValues {
  /** The shortest such value, in bytes. */
  readonly least: number;
  readonly detectorOf: DetectorOf;
}

/**
 * Returns the detector that covers the value of a key; undefined for none. Offsets include the quotes.
 * @param isSuspect set for a string that may contain escapes and must be decoded
 */
type DetectorOf = (
  bytes: Uint8Array,
  keyStart: number,
  keyEnd: number,
  start: number,
  end: number,
  isSuspect: boolean,
) => Detector | undefined;

const BY_NAME: readonly (readonly [Detector, ValueByName])[] = [
  ['aws-key', AWS_KEYS_BY_NAME],
  ['phone', PHONES_BY_NAME],
];

/** Cached keys: events use few distinct ones. */
const MAX_REMEMBERED = 256;
const MAX_REMEMBERED_BYTES = 64;

/** Creates the test for some detectors; undefined when none of them recognizes values by name. */
export function namedValues(detectors: readonly Detector[]): NamedValues | undefined {
  const known = BY_NAME.filter(([detector]) => detectors.includes(detector));
  if (known.length === 0) return undefined;
  const keys = byteCache(MAX_REMEMBERED, MAX_REMEMBERED_BYTES);
  /** A bit mask per cached key: bit i is set when `known[i]` covers the name. */
  const names = new Uint8Array(MAX_REMEMBERED);

  function namesOf(bytes: Uint8Array, start: number, end: number): number {
    const slot = keys.find(bytes, start, end);
    if (slot >= 0) return names[slot]!;
    const key = stringText(bytes, start, end);
    const bits = known.reduce((sum, [, { isName }], i) => sum | (isName(key) ? 1 << i : 0), 0);
    const added = keys.add(bytes, start, end);
    if (added >= 0) names[added] = bits;
    return bits;
  }

  const detectorOf: DetectorOf = (bytes, keyStart, keyEnd, start, end, isSuspect) => {
    const quote = bytes[start] === 0x22 ? 1 : 0;
    for (let i = 0; i < known.length; i++) {
      const [detector, { least, mayBe, isValue }] = known[i]!;
      if (end - start - 2 * quote < least) continue;
      if (!isSuspect && !mayBe(bytes, start + quote, end - quote)) continue;
      if ((namesOf(bytes, keyStart, keyEnd) & (1 << i)) === 0) continue;
      const value = quote === 1 ? stringText(bytes, start, end) : integerText(bytes, start, end);
      if (isValue(value)) return detector;
    }
    return undefined;
  };
  return { least: Math.min(...known.map(([, { least }]) => least)), detectorOf };
}

/** The digits of a JSON integer without fraction or exponent; empty for any other number. */
function integerText(bytes: Uint8Array, start: number, end: number): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
  return /^\d+$/.test(text) ? text : '';
}
