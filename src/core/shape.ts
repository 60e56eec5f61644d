import { isCoreColumn, KIND } from './attribute.js';
import { MAX_ATTRIBUTE_NAME } from './limits.js';

/** Digits of an integer that always fits 64 bits. */
export const SAFE_DIGITS = 18;

/** A key that an event has: the keys from the top, and the kind of its value (bits of KIND). */
export interface ShapeLeaf {
  readonly path: readonly string[];
  readonly kinds: number;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s{}[\]:,"]+/gs;

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

/**
 * The keys of an event that can become columns, with the kinds of their values. Arrays are leaves. What cannot be a
 * column is left out: core columns, empty or very long names, names with NUL.
 * @param json one valid JSON value; anything but an object has no keys.
 */
export function describeShape(json: string): ShapeLeaf[] {
  if (!json.startsWith('{')) return [];
  const leaves: ShapeLeaf[] = [];
  const path: string[] = [];
  /** How deep we are inside of arrays, whose content is no column. */
  let arrayDepth = 0;
  let isKey = false;

  const leaf = (kinds: number): void => {
    if (arrayDepth > 0 || path.length === 0) return;
    if (isColumnName(path.join('.'))) leaves.push({ path: [...path], kinds });
  };

  for (const [token] of json.matchAll(TOKEN)) {
    if (arrayDepth > 0) {
      if (token === '[') arrayDepth++;
      else if (token === ']') arrayDepth--;
      continue;
    }
    if (token === '{') {
      leaf(KIND.object);
      path.push('');
      isKey = true;
    } else if (token === '}') path.pop();
    else if (token === '[') {
      leaf(KIND.array);
      arrayDepth = 1;
    } else if (token === ',') isKey = true;
    else if (token === ':') isKey = false;
    else if (isKey) path[path.length - 1] = JSON.parse(token) as string;
    else leaf(kindOf(token));
  }
  return leaves;
}

function isColumnName(name: string): boolean {
  return (
    name !== '' &&
    name.length <= MAX_ATTRIBUTE_NAME &&
    !name.includes('\0') &&
    name.isWellFormed() &&
    !isCoreColumn(name)
  );
}

function kindOf(token: string): number {
  switch (token[0]) {
    case '"':
      return KIND.string;
    case 't':
    case 'f':
      return KIND.boolean;
    case 'n':
      return KIND.null;
    default:
      if (/[.eE]/.test(token)) return KIND.double;
      return token.length <= SAFE_DIGITS || fitsInt64(BigInt(token)) ? KIND.integer : KIND.wide;
  }
}

function fitsInt64(value: bigint): boolean {
  return value >= INT64_MIN && value <= INT64_MAX;
}
