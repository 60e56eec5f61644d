import { isCoreColumn, type Attribute } from '../core/attribute.js';
import { TelemetryError } from '../core/errors.js';
import { indexedValue, isIndexable, type NewIndex } from '../journal/user-indexes.js';
import { TYPE_KEYS } from '../core/vocabulary.js';
import { quoteText } from '../sql/text.js';
import { canUseIndex, indexTerm } from './index-terms.js';
import type { PlanNode } from './needed-columns.js';
import { journalConditions } from './plan-conditions.js';
import { bindPredicate } from './predicate.js';
import { rowsOf } from './rows.js';
import type { Session } from './session.js';

/** Types that an event without one may be taken for. */
const INFERRED_TYPES = ['metric', 'trace', 'log', 'event'];

const TYPE_IS = /^\(COALESCE\(.* = ('(?:[^']|'')*')\)$/s;

/**
 * What an index on an attribute is made on.
 * @throws TelemetryError `usage` for an attribute that cannot be indexed; `sql` for a condition that does not bind.
 */
export async function defineIndex(session: Session, name: string, where: string | undefined): Promise<NewIndex> {
  const attribute = session.attributes.find(known => known.name.toLowerCase() === name.toLowerCase());
  if (!attribute) {
    throw new TelemetryError('usage', `no event has the attribute ${name}`, {
      remedy: isCoreColumn(name)
        ? 'Index a key of the payload; a core column is found in other ways.'
        : '`telemetry schema` prints the attributes.',
    });
  }
  if (!canUseIndex(attribute) || !isIndexable(attribute.paths[0]!)) {
    throw new TelemetryError(
      'usage',
      `${name} cannot be indexed: it has several spellings, or holds objects or arrays`,
      {
        remedy: 'Index an attribute that is one key with single values.',
      },
    );
  }
  const conditions = where === undefined ? [] : await conditionsOf(session, where);
  const terms = conditions.map(condition => termOf(condition, session.attributes));
  if (terms.some(term => term === undefined) || (where !== undefined && terms.length === 0)) {
    throw new TelemetryError('usage', `--where cannot be that of an index: ${where ?? ''}`, {
      remedy: `Compare attributes, or type, with constants: level = 'ERROR' and type = 'log'.`,
    });
  }
  return {
    attribute: attribute.name,
    path: attribute.paths[0]!,
    where,
    whereSql: where === undefined ? undefined : terms.join(' and '),
    whereConditions: conditions,
  };
}

async function conditionsOf(session: Session, where: string): Promise<readonly string[]> {
  const { missing } = await bindPredicate(session, where, '--where');
  if (missing.length > 0) {
    throw new TelemetryError('usage', `--where: no event has "${missing[0]!.name}"`, {
      remedy: '`telemetry schema` prints the attributes.',
    });
  }
  const rows = await rowsOf(await session.query(`explain (format json) select id from events where (\n${where}\n)`));
  const plan = rows.flatMap(([, text]) => JSON.parse(text ?? '[]') as PlanNode[]);
  return journalConditions(plan, true)[0] ?? [];
}

function termOf(condition: string, attributes: readonly Attribute[]): string | undefined {
  for (const attribute of attributes) {
    const term = indexTerm(condition, attribute);
    if (term !== undefined) return term;
  }
  const type = TYPE_IS.exec(condition)?.[1];
  return type === undefined || !condition.includes(`'/type'`) ? undefined : typeTerm(type, attributes);
}

/** True for every event that has the type, and for those without a type of their own where it may be inferred. */
function typeTerm(type: string, attributes: readonly Attribute[]): string | undefined {
  const text = type.slice(1, -1).replaceAll("''", "'");
  if (text === '' || text === 'true' || text === 'false' || !Number.isNaN(Number(text)) || /[\0\ufffd]/.test(text)) {
    return undefined;
  }
  const keys = TYPE_KEYS.flatMap(key => {
    const paths = attributes.filter(({ name }) => name.toLowerCase() === key).flatMap(({ paths: own }) => own);
    return key === 'type' ? [['type'], ...paths] : paths;
  });
  const values = keys.map(path => {
    const value = indexedValue(path);
    return `nullif(iif(json_type(iif(json_valid(payload), payload, 'null'), ${pathText(path)}) in ('object', 'array'), null, ${value}), '')`;
  });
  const otherwise = INFERRED_TYPES.includes(text) ? type : `''`;
  return `coalesce(${[...values, otherwise].join(', ')}) = ${type}`;
}

function pathText(path: readonly string[]): string {
  return quoteText(`$${path.map(key => `."${key}"`).join('')}`);
}
