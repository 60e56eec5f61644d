/**
 * A double as JSON: always with a fraction or an exponent, so that it stays a double. Not for NaN and the infinities.
 */
export function doubleText(value: number): string {
  if (!Number.isInteger(value) || Math.abs(value) >= 1e21) return String(value);
  return Object.is(value, -0) ? '-0.0' : `${value}.0`;
}
