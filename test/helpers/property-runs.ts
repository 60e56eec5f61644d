/** How many times as many cases a long run tries as the suite does: `npm run fuzz` sets it. */
const SCALE = Number(process.env.PROPERTY_SCALE ?? 1);

/** The number of cases of a property that takes long: `few` in the suite, many times that in a long run. */
export function propertyRuns(few: number): number {
  return few * SCALE;
}
