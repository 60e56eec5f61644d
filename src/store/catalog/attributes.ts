import type { Database } from 'better-sqlite3';
import type { Attribute } from '../../core/attribute.js';
import { MAX_ATTRIBUTE_PATHS, MAX_ATTRIBUTES, MAX_KNOWN_SHAPES } from '../../core/limits.js';
import { describeShape, type ShapeLeaf } from '../../core/shape.js';

interface AttributeRow {
  path: string;
  name: string;
  kinds: number;
}

/** The attributes registered so far, in the order first seen. One statement, so within the caller's read transaction it fits the rows it sees. */
export function readAttributes(db: Database): Attribute[] {
  const byName = new Map<string, { name: string; paths: string[][]; kinds: number }>();
  for (const { path, name, kinds } of attributeRows(db)) {
    const keys = JSON.parse(path) as string[];
    const known = byName.get(name.toLowerCase());
    if (known) {
      known.paths.push(keys);
      known.kinds |= kinds;
    } else {
      byName.set(name.toLowerCase(), { name, paths: [keys], kinds });
    }
  }
  return [...byName.values()];
}

/**
 * Learns the attributes of events as they are inserted. Most events have a shape that was seen before and cost one
 * look-up; the others are read key by key. Beyond {@link MAX_ATTRIBUTES} names,
 * or {@link MAX_ATTRIBUTE_PATHS} spellings of them, no new one is registered any more.
 */
export interface AttributeRegistry {
  isKnown(shape: number): boolean;
  /** Registers the keys of an event, within the caller's transaction. */
  learn(shape: number, json: string): void;
  /** Forgets the attributes of a rolled-back transaction; the next use reads the registered ones again. */
  forget(): void;
}

/** Creates the registry of the store's one writer. */
export function attributeRegistry(db: Database): AttributeRegistry {
  const upsert = db.prepare(
    'insert into attributes(path, name, kinds) values (?, ?, ?) on conflict(path) do update set kinds = excluded.kinds',
  );
  const shapes = new Set<number>();
  const kindsByPath = new Map<string, number>();
  const names = new Set<string>();

  let isLoaded = false;

  function load(): void {
    shapes.clear();
    kindsByPath.clear();
    names.clear();
    for (const { name, path, kinds } of attributeRows(db)) {
      kindsByPath.set(path, kinds);
      names.add(name.toLowerCase());
    }
    isLoaded = true;
  }

  function register({ path: keys, kinds }: ShapeLeaf): void {
    const path = JSON.stringify(keys);
    const seen = kindsByPath.get(path);
    if (seen !== undefined && (seen | kinds) === seen) return;
    if (seen === undefined && kindsByPath.size >= MAX_ATTRIBUTE_PATHS) return;
    const name = keys.join('.');
    if (!names.has(name.toLowerCase())) {
      if (names.size >= MAX_ATTRIBUTES) return;
      names.add(name.toLowerCase());
    }
    kindsByPath.set(path, (seen ?? 0) | kinds);
    upsert.run(path, name, (seen ?? 0) | kinds);
  }

  return {
    forget: () => void (isLoaded = false),
    isKnown(shape) {
      if (!isLoaded) load();
      return shapes.has(shape);
    },
    learn(shape, json) {
      for (const leaf of describeShape(json)) register(leaf);
      if (shapes.size >= MAX_KNOWN_SHAPES) shapes.clear();
      shapes.add(shape);
    },
  };
}

function attributeRows(db: Database): AttributeRow[] {
  return db.prepare<[], AttributeRow>('select path, name, kinds from attributes order by rowid').all();
}
