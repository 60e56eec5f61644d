import { integerKind, isStoreColumn, KIND } from './attribute.js';
import { MAX_ATTRIBUTE_NAME } from './limits.js';

/** A key of an event: the path from the top, and the kind of its value (bits of KIND). */
export interface ShapeLeaf {
  readonly path: readonly string[];
  readonly kinds: number;
}

/** Matches only the first quote of a string: a pattern for a whole string fails on several MiB. */
const TOKEN = /["{}[\]:,]|[^\s{}[\]:,"]+/g;

/**
 * The keys of an event that can become columns, with the kinds of their values. Arrays are leaves. Left out are the
 * columns that the store adds, empty or very long names, and names with NUL.
 * @param json one valid JSON value; anything but an object has no keys.
 */
export function describeShape(json: string): ShapeLeaf[] {
  if (!json.startsWith('{')) return [];
  const leaves: ShapeLeaf[] = [];
  const path: string[] = [];
  /** The length of the name at each depth: avoids joining a deep path to measure it. */
  const nameLengths: number[] = [];
  /** The nesting depth of arrays, whose content has no columns. */
  let arrayDepth = 0;
  let isKey = false;

  const leaf = (kinds: number): void => {
    const length = nameLengths[path.length - 1];
    if (arrayDepth > 0 || length === undefined || length > MAX_ATTRIBUTE_NAME) return;
    if (isColumnName(path.join('.'))) leaves.push({ path: [...path], kinds });
  };

  const tokens = new RegExp(TOKEN);
  for (let found = tokens.exec(json); found; found = tokens.exec(json)) {
    let [token] = found;
    if (token === '"') {
      tokens.lastIndex = stringEnd(json, tokens.lastIndex);
      token = json.slice(found.index, tokens.lastIndex);
    }
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
    else if (isKey) {
      const key = JSON.parse(token) as string;
      nameLengths[path.length - 1] = (nameLengths[path.length - 2] ?? -1) + 1 + key.length;
      path[path.length - 1] = key;
    } else leaf(kindOf(token));
  }
  return leaves;
}

/** The offset after the closing quote of a string whose content starts at `from`. */
function stringEnd(json: string, from: number): number {
  for (let quote = json.indexOf('"', from); quote >= 0; quote = json.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (json[quote - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return quote + 1;
  }
  return json.length;
}

function isColumnName(name: string): boolean {
  return name !== '' && !name.includes('\0') && name.isWellFormed() && !isStoreColumn(name);
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
      return token.startsWith('-') ? integerKind(token.slice(1), true) : integerKind(token, false);
  }
}
