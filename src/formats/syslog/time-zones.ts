/** Hours east of UTC, and the abbreviations of the zones there: RFC 822, section 5, and the tz database. */
const BY_HOURS: readonly (readonly [hours: number, names: string])[] = [
  [-10, 'HST'],
  [-9, 'AKST'],
  [-8, 'PST AKDT'],
  [-7, 'MST PDT'],
  [-6, 'CST MDT'],
  [-5, 'EST CDT'],
  [-4, 'AST EDT CLT'],
  [-3.5, 'NST'],
  [-3, 'ADT ART BRT CLST'],
  [-2.5, 'NDT'],
  [-2, 'BRST'],
  [0, 'Z UTC UT GMT WET'],
  [1, 'CET MET MEZ BST WEST WAT'],
  [2, 'EET CEST MEST MESZ CAT SAST'],
  [3, 'MSK EEST EAT TRT'],
  [4, 'GST'],
  [5, 'PKT'],
  [5.5, 'IST'],
  [7, 'ICT WIB'],
  [8, 'SGT HKT PHT AWST'],
  [9, 'JST KST'],
  [9.5, 'ACST'],
  [10, 'AEST'],
  [10.5, 'ACDT'],
  [11, 'AEDT'],
  [12, 'NZST'],
  [13, 'NZDT'],
];

const MINUTES: ReadonlyMap<string, number> = new Map(
  BY_HOURS.flatMap(([hours, names]) => names.split(' ').map(name => [name, hours * 60] as const)),
);

const OFFSET = /^([+-])(\d{2}):?(\d{2})?$/;

/**
 * Minutes east of UTC of a zone: an abbreviation such as `CET`, or `+01:00`, `+0100`, `+01`. Undefined for an unknown
 * one. An ambiguous abbreviation has the meaning of RFC 822 (`CST` is US Central), else the most common one (`IST` is
 * India).
 */
export function zoneMinutes(zone: string): number | undefined {
  const [, sign, hours, minutes = '0'] = OFFSET.exec(zone) ?? [];
  if (hours === undefined) return MINUTES.get(zone);
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}
