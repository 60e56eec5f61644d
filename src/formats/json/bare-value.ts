import { isBasicDate } from '../../core/iso-time.js';
import { isTimeKey } from '../../core/vocabulary.js';

/**
 * A number or boolean of JSON (RFC 8259, section 6). An exponent needs a sign or a fraction before it: `12e45678` is
 * more often an id than a number.
 */
const BARE = /^(?:-?(?:0|[1-9]\d*)(?:\.\d+(?:[eE][+-]?\d+)?|[eE][+-]\d+)?|true|false)$/;

/** The first characters of such a value. */
const START = /^[-0-9tf]/;

/**
 * True for an unquoted value of a key in an untyped format that is a number or a boolean; any other is text, and so is
 * a date such as `20261128` at a key of the time.
 */
export function isBareValueOf(key: string, text: string): boolean {
  return isBareJson(text) && !(text.length === 8 && isTimeKey(key) && isBasicDate(text));
}

/** True for an unquoted value of an untyped format that is a number or a boolean; any other is text. */
function isBareJson(text: string): boolean {
  return START.test(text) && BARE.test(text);
}
