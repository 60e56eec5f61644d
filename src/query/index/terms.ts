import { attributeType, KIND, type Attribute } from '../../core/attribute.js';
import { indexedValue } from '../../store/catalog/user-indexes.js';
import { inObjects } from '../../store/sql/attribute.js';
import { pointer } from '../../store/sql/text.js';

/** A number or a text as DuckDB prints it in a plan. */
const CONSTANT = String.raw`-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|'(?:[^']|'')*'|true|false`;

/** Integers up to this have the same value as doubles. */
const EXACT = 2 ** 53;

/** Relative; larger than the difference between two ways of reading the digits of a double. */
const DOUBLE_TOLERANCE = 1e-12;

/** A JSON number. A text of such digits may have been sent as a number. */
const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** The text that DuckDB prints in a plan for the value of an attribute; undefined for one with several paths. */
function printedValue({ paths, kinds }: Attribute): string | undefined {
  if (paths.length !== 1 || (kinds & (KIND.object | KIND.array)) !== 0) return undefined;
  const type = attributeType(kinds);
  const text = `json_extract_string(payload, ${pointer(paths[0]!)})`;
  if (inObjects(paths[0]!, text) !== text) return undefined;
  return type === 'VARCHAR' ? text : `TRY_CAST(${text} AS ${type})`;
}

/**
 * True when queries can use an index on the attribute: it has one path in payloads, without keys of digits, and its
 * values are never objects or arrays.
 */
export function canUseIndex(attribute: Attribute): boolean {
  return printedValue(attribute) !== undefined;
}

/**
 * Translates a condition of a plan on one attribute to SQL over the journal's rows that an index helps with. It is true
 * at least where the condition is.
 * @param printed the text of the value in the plan, when it is that of a core column that is read from this attribute
 *   alone.
 * @returns undefined for any other condition.
 */
export function indexTerm(
  condition: string,
  attribute: Attribute,
  printed = printedValue(attribute),
): string | undefined {
  if (printed === undefined || printedValue(attribute) === undefined) return undefined;
  const value = printed.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  if (attributeType(attribute.kinds) === 'BOOLEAN') {
    if (condition === printed) return compare(attribute, '=', 'true');
    if (condition === `(NOT ${printed})`) return compare(attribute, '=', 'false');
  }
  const compared = new RegExp(`^\\(${value} (=|<|>|<=|>=) (${CONSTANT})\\)$`).exec(condition);
  if (compared) return compare(attribute, compared[1]!, compared[2]!);
  const between = new RegExp(`^\\(${value} BETWEEN (${CONSTANT}) AND (${CONSTANT})\\)$`).exec(condition);
  if (between) return all([compare(attribute, '>=', between[1]!), compare(attribute, '<=', between[2]!)], 'and');
  const one = `\\(${value} = (?:${CONSTANT})\\)`;
  if (new RegExp(`^\\(${one}(?: OR ${one})+\\)$`).test(condition)) {
    const constants = [...condition.matchAll(new RegExp(`\\(${value} = (${CONSTANT})\\)`, 'g'))];
    return all(
      constants.map(match => compare(attribute, '=', match[1]!)),
      'or',
    );
  }
  return undefined;
}

function all(terms: readonly (string | undefined)[], word: 'and' | 'or'): string | undefined {
  return terms.every(term => term !== undefined) ? `(${terms.join(` ${word} `)})` : undefined;
}

function compare({ paths, kinds }: Attribute, operator: string, constant: string): string | undefined {
  const value = indexedValue(paths[0]!);
  switch (attributeType(kinds)) {
    case 'BIGINT':
      return /^-?\d{1,18}$/.test(constant) ? `${value} ${operator} ${constant}` : undefined;
    case 'BOOLEAN':
      return operator === '=' && /^(true|false)$/.test(constant)
        ? `${value} = ${Number(constant === 'true')}`
        : undefined;
    case 'HUGEINT':
      // SQLite stores integers past 64 bits as doubles.
      return compareNear(value, operator, Number(constant));
    case 'DOUBLE':
      return compareDouble(value, operator, Number(constant));
    case 'VARCHAR':
      return constant.startsWith("'") ? compareText(value, operator, constant, kinds) : undefined;
    default:
      return undefined;
  }
}

function compareDouble(value: string, operator: string, number: number): string | undefined {
  return Math.abs(number) >= EXACT ? undefined : compareNear(value, operator, number);
}

function compareNear(value: string, operator: string, number: number): string | undefined {
  if (!Number.isFinite(number)) return undefined;
  const margin = Math.abs(number) * DOUBLE_TOLERANCE;
  const [low, high] = [real(number - margin), real(number + margin)];
  if (operator === '=') return `${value} between ${low} and ${high}`;
  return operator.startsWith('<') ? `${value} <= ${high}` : `${value} >= ${low}`;
}

/** SQLite's JSON functions return numbers and booleans as numbers, where the view has their texts. */
function compareText(value: string, operator: string, constant: string, kinds: number): string | undefined {
  const text = constant.slice(1, -1).replaceAll("''", "'");
  // Half of a surrogate pair is U+FFFD in the view only.
  if (/[\0\ufffd]/.test(text)) return undefined;
  const isText = (kinds & ~(KIND.string | KIND.null)) === 0;
  if (operator !== '=') return isText && /^\p{ASCII}*$/u.test(text) ? `${value} ${operator} ${constant}` : undefined;
  if (isText) return `${value} = ${constant}`;
  if (text === 'true' || text === 'false') return `${value} in (${constant}, ${Number(text === 'true')})`;
  if (!NUMBER.test(text)) return `${value} = ${constant}`;
  const number = Number(text);
  // Past 53 bits, neighbouring integers have the same double.
  if (!Number.isFinite(number) || Math.abs(number) >= EXACT) return undefined;
  return `(${value} = ${constant} or ${compareDouble(value, '=', number)!})`;
}

/** A literal that SQLite reads as a real number: it has a point or an exponent. */
function real(number: number): string {
  const text = String(number);
  return /[.e]/.test(text) ? text : `${text}.0`;
}
