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
  return attributesOf(attributeRows(db));
}

function attributesOf(rows: Iterable<AttributeRow>): Attribute[] {
  const byName = new Map<string, { name: string; paths: string[][]; kinds: number }>();
  for (const { path, name, kinds } of rows) {
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
  /** Registers a key, within the caller's transaction. */
  register(leaf: ShapeLeaf): void;
  /** Forgets the attributes of a rolled-back transaction; the next use reads the registered ones again. */
  forget(): void;
}

/** Stores a path, as JSON, with its name and the kinds of its values so far. */
type SaveAttribute = (path: string, name: string, kinds: number) => void;

function savingIn(db: Database): SaveAttribute {
  const upsert = db.prepare(
    'insert into attributes(path, name, kinds) values (?, ?, ?) on conflict(path) do update set kinds = excluded.kinds',
  );
  return (path, name, kinds) => void upsert.run(path, name, kinds);
}

/**
 * Creates the registry of the store's one writer.
 * @param save takes what is registered, in place of the store.
 */
export function attributeRegistry(db: Database, save: SaveAttribute = savingIn(db)): AttributeRegistry {
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
    save(path, name, (seen ?? 0) | kinds);
  }

  return {
    register(leaf) {
      if (!isLoaded) load();
      register(leaf);
    },
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

/** The attributes of a store and those of events that are not yet registered in it. */
export interface ProvisionalAttributes {
  isKnown(shape: number): boolean;
  /** Adds the keys of an event. */
  learn(shape: number, json: string): void;
  /** Changes whenever {@link all} would. */
  readonly version: number;
  all(): Attribute[];
  /** Takes the keys that were added, with all kinds of their values, since the last call. */
  take(): ShapeLeaf[];
}

/** Begins with the attributes that are registered, and registers none. */
export function provisionalAttributes(db: Database): ProvisionalAttributes {
  const rows = new Map(attributeRows(db).map(row => [row.path, row]));
  let added = new Map<string, ShapeLeaf>();
  let version = 0;
  const registry = attributeRegistry(db, (path, name, kinds) => {
    rows.set(path, { path, name, kinds });
    added.set(path, { path: JSON.parse(path) as string[], kinds });
    version++;
  });
  return {
    isKnown: shape => registry.isKnown(shape),
    learn: (shape, json) => registry.learn(shape, json),
    get version() {
      return version;
    },
    all: () => attributesOf(rows.values()),
    take() {
      const taken = [...added.values()];
      added = new Map();
      return taken;
    },
  };
}

function attributeRows(db: Database): AttributeRow[] {
  return db.prepare<[], AttributeRow>('select path, name, kinds from attributes order by rowid').all();
}
