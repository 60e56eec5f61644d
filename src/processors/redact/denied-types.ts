import { keyFilter } from '../../formats/json/key-filter.js';
import { scalarEnd, skipSpace, stringEnd, stringText, valueEnd } from '../../formats/json/walk.js';
import { INFERENCE_KEYS, inferType } from '../../core/event-type.js';
import { severityIn } from '../../core/severity-of.js';
import { LEVEL_KEYS, TYPE_KEYS } from '../../core/vocabulary.js';
import { byteCache } from './byte-cache.js';

/** Every key that the type of an event depends on, in lower case. */
const KEYS = new Set([...TYPE_KEYS, ...INFERENCE_KEYS].map(key => key.toLowerCase()));

/** Keys of the top level that lead to them. */
const PARENTS = new Set([...KEYS].filter(key => key.includes('.')).map(key => key.slice(0, key.indexOf('.'))));

/** A cheap filter: most keys do not matter. */
const mayMatter = keyFilter([...KEYS, ...PARENTS]);

/** The same filter within a parent. */
const mayMatterNested = keyFilter([...KEYS].map(key => key.slice(key.indexOf('.') + 1)));

/** The key that most events begin with. */
const FIRST_KEY = Buffer.from(`"${TYPE_KEYS[0]!}"`);

/** Stores have a few dozen types. */
const MAX_REMEMBERED = 256;
const MAX_REMEMBERED_BYTES = 64;

/** Creates a test: true for an event between two offsets whose type is denied. */
export function deniedTypes(types: readonly string[]): (bytes: Uint8Array, start: number, end: number) => boolean {
  const denied = new Set(types);
  const known = byteCache(MAX_REMEMBERED, MAX_REMEMBERED_BYTES);
  const answers = new Uint8Array(MAX_REMEMBERED);
  if (denied.size === 0) return () => false;

  return (bytes, start, end) => {
    const at = firstType(bytes, start);
    const textEnd = at < 0 ? -1 : stringEnd(bytes, at) - 1;
    if (textEnd <= at + 1) return denied.has(typeOf(bytes, start, end));
    let slot = known.find(bytes, at + 1, textEnd);
    if (slot >= 0) return answers[slot] === 1;
    const isDenied = denied.has(stringText(bytes, at, textEnd + 1));
    slot = known.add(bytes, at + 1, textEnd);
    if (slot >= 0) answers[slot] = isDenied ? 1 : 0;
    return isDenied;
  };
}

/** The offset of the text of an event's first value, when its key is `type`; -1 otherwise. */
function firstType(bytes: Uint8Array, start: number): number {
  if (bytes[start] !== 0x7b) return -1;
  const key = skipSpace(bytes, start + 1);
  for (let i = 0; i < FIRST_KEY.length; i++) if (bytes[key + i] !== FIRST_KEY[i]) return -1;
  const value = skipSpace(bytes, skipSpace(bytes, key + FIRST_KEY.length) + 1);
  return bytes[value] === 0x22 ? value : -1;
}

/** The type of an event, as the column `type` has it: given, or inferred from its keys. */
function typeOf(bytes: Uint8Array, start: number, end: number): string {
  const found = new Map<string, string>();
  if (bytes[start] === 0x7b) readFields(bytes, start, end, '', found);
  const has = (keys: readonly string[]): boolean => keys.some(key => found.has(key.toLowerCase()));
  const own = TYPE_KEYS.map(key => found.get(key)).find(text => text !== undefined && text !== '');
  if (own !== undefined) return own;
  return inferType(has, () =>
    LEVEL_KEYS.some(key => severityIn(key, found.get(key.toLowerCase()) ?? '') !== undefined),
  );
}

/**
 * Reads the scalars of an object at {@link KEYS} as text; the first of duplicate keys wins. Returns the end of the
 * object, or `end` once the first of {@link TYPE_KEYS} is found.
 */
function readFields(bytes: Uint8Array, start: number, end: number, prefix: string, found: Map<string, string>): number {
  let pos = skipSpace(bytes, start + 1);
  while (bytes[pos] !== 0x7d) {
    const keyEnd = stringEnd(bytes, pos);
    const matters = (prefix === '' ? mayMatter : mayMatterNested)(bytes, pos, keyEnd);
    const key = matters ? prefix + stringText(bytes, pos, keyEnd).toLowerCase() : '';
    pos = skipSpace(bytes, skipSpace(bytes, keyEnd) + 1);
    if (bytes[pos] === 0x7b && prefix === '' && PARENTS.has(key)) pos = readFields(bytes, pos, end, `${key}.`, found);
    else {
      const from = pos;
      pos = valueEnd(bytes, pos, end);
      const text = KEYS.has(key) ? scalarText(bytes, from, pos) : undefined;
      if (text !== undefined && !found.has(key)) found.set(key, text);
    }
    if (key === TYPE_KEYS[0] && (found.get(key) ?? '') !== '') return end;
    pos = skipSpace(bytes, pos);
    if (bytes[pos] === 0x2c) pos = skipSpace(bytes, pos + 1);
  }
  return pos + 1;
}

function scalarText(bytes: Uint8Array, start: number, end: number): string | undefined {
  const first = bytes[start];
  if (first === 0x22) return stringText(bytes, start, end);
  if (first === 0x7b || first === 0x5b || first === 0x6e) return undefined;
  return Buffer.from(bytes.subarray(start, scalarEnd(bytes, start, end))).toString('latin1');
}
