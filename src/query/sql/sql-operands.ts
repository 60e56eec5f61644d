import { attributeType, type Attribute, type ComputedColumn } from '../../core/attribute.js';
import { isName, nameStartingAt, unquoted, type SqlPlace } from './sql-place.js';

/** The content of a column of events, as far as hints distinguish it. */
export type Holds = 'text' | 'number' | 'other';

const CORE: Readonly<Record<ComputedColumn, Holds>> & Readonly<Record<string, Holds>> = {
  id: 'number',
  stream_id: 'number',
  duration_ms: 'number',
  name: 'text',
  type: 'text',
  severity: 'text',
  message: 'text',
  service: 'text',
  trace_id: 'text',
  span_id: 'text',
  parent_span_id: 'text',
  time: 'other',
};

/** The content of a column; undefined for other names. @param written the name as the statement has it */
function heldBy(written: string, attributes: readonly Attribute[]): Holds | undefined {
  const parts = written.split('.').map(part => unquoted(part.trim()));
  const core = CORE[parts.at(-1)!.toLowerCase()];
  if (core !== undefined) return core;
  const name = parts.join('.').toLowerCase();
  const attribute = attributes.find(
    one => one.name.toLowerCase() === name || name.endsWith(`.${one.name.toLowerCase()}`),
  );
  if (!attribute) return undefined;
  const type = attributeType(attribute.kinds);
  if (type === 'VARCHAR') return 'text';
  return /^(?:BIGINT|HUGEINT|DOUBLE)$/.test(type) ? 'number' : 'other';
}

/** True for a column of numbers. */
export function isNumber(written: string, attributes: readonly Attribute[]): boolean {
  return heldBy(written, attributes) === 'number';
}

/** The column of the kind sought on either side of the operator under the caret, as written. */
export function operandOf(place: SqlPlace, attributes: readonly Attribute[], wanted: Holds): string | undefined {
  const { tokens, at } = place;
  for (const i of [at, at - 1, at - 2, at + 1, at + 2, at + 3].filter(around => isName(tokens[around]))) {
    let first = i;
    while (tokens[first - 1]?.text === '.' && isName(tokens[first - 2])) first -= 2;
    const written = nameStartingAt(place, first);
    if (heldBy(written, attributes) === wanted) return written;
  }
  return undefined;
}

/** The column of the kind sought that is an argument of the operator or function under the caret, as written. */
export function argumentOf(place: SqlPlace, attributes: readonly Attribute[], wanted: Holds): string | undefined {
  const { tokens, at } = place;
  if (tokens[at + 1]?.text !== '(') return operandOf(place, attributes, wanted);
  for (let i = at + 2; i < tokens.length && tokens[i]!.text !== ')'; i++) {
    if (!isName(tokens[i]) || tokens[i - 1]?.text === '.') continue;
    const written = nameStartingAt(place, i);
    if (heldBy(written, attributes) === wanted) return written;
  }
  return undefined;
}
