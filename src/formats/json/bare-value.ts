/**
 * A number or boolean of JSON (RFC 8259, section 6). An exponent needs a sign or a fraction before it: `12e45678` is an
 * id more often than a number.
 */
const BARE = /^(?:-?(?:0|[1-9]\d*)(?:\.\d+(?:[eE][+-]?\d+)?|[eE][+-]\d+)?|true|false)$/;

/** What such a value begins with. */
const START = /^[-0-9tf]/;

/** True for a value without quotes, in a format without types, that is a number or a boolean; any other is text. */
export function isBareJson(text: string): boolean {
  return START.test(text) && BARE.test(text);
}
