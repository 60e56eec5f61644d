import type { FileHandle } from 'node:fs/promises';
import { readStruct, THRIFT, writeStruct, type ThriftList, type ThriftStruct, type ThriftValue } from './thrift.js';

/*
 * The footer of a Parquet file: what its columns are, and where their bytes are.
 * Source: apache/parquet-format, src/main/thrift/parquet.thrift; the numbers below are ids of fields there.
 */

/** The bytes at both ends of a file. */
export const MAGIC = Buffer.from('PAR1');

/** The end of a file: the length of its footer, and the magic number. */
const TAIL_BYTES = 8;

const FILE = { schema: 2, rows: 3, rowGroups: 4 } as const;
const ELEMENT = {
  type: 1,
  typeLength: 2,
  repetition: 3,
  name: 4,
  children: 5,
  converted: 6,
  scale: 7,
  precision: 8,
  logical: 10,
} as const;
const GROUP = { columns: 1, rows: 3 } as const;
const CHUNK = { meta: 3 } as const;
const META = { type: 1, size: 7, dataPage: 9, dictionaryPage: 11, statistics: 12 } as const;

/** Physical types. */
const TYPE = { int64: 2n, int96: 3n, byteArray: 6n, fixed: 7n } as const;

/** Converted types (deprecated, and still written). */
const CONVERTED = { utf8: 0n, enum: 4n, decimal: 5n, json: 19n } as const;

/** Logical types. */
const LOGICAL = { string: 1, enum: 4, decimal: 5, time: 7, timestamp: 8, json: 12 } as const;

/** Field of a TIME or TIMESTAMP: adjusted to UTC. */
const UTC = 1;
const UNIT = 2;
const NANOS = 3;

const INT96_BYTES = 12n;

/** DuckDB reads decimals of more digits as doubles, which hold about 16. */
const MAX_DECIMAL_DIGITS = 38n;

/** Types that DuckDB would change: their values are read as stored and printed by us. */
export type RawKind = 'decimal' | 'timestamp_ns' | 'time_ns' | 'int96' | 'string';

/** A leaf of the schema: a column that is not a list, map or struct. */
export interface Leaf {
  /** Names of the fields from the root to the leaf. */
  readonly path: readonly string[];
  /**
   * The type to read as stored, because DuckDB changes or refuses its values; undefined where DuckDB reads it right.
   */
  readonly raw: RawKind | undefined;
  /** True for text. DuckDB refuses text that is not valid UTF-8. */
  readonly isText: boolean;
  /** Digits behind the point of a decimal. */
  readonly scale: number;
}

/** Rows that are stored together. */
export interface RowGroup {
  readonly rows: number;
  /** The byte ranges of its columns. */
  readonly ranges: readonly { readonly start: number; readonly length: number }[];
}

/** The footer of a Parquet file. */
export interface Footer {
  /** Offset of the footer in the file. All columns come before it. */
  readonly start: number;
  readonly leaves: readonly Leaf[];
  /** The names of the columns. */
  readonly columns: readonly string[];
  readonly groups: readonly RowGroup[];
  /**
   * Returns a footer for one row group alone, which declares the columns to read as stored as bytes and integers.
   * @param isRaw called for each leaf.
   */
  withGroup(index: number, isRaw: (leaf: Leaf) => boolean): Buffer;
}

/** Reads the footer of a file; undefined for one that cannot be read, such as an encrypted one. */
export async function readFooter(file: FileHandle): Promise<Footer | undefined> {
  try {
    const found = await readFooterStruct(file);
    return found && footerOf(found.struct, found.start);
  } catch {
    // DuckDB reports the fault.
    return undefined;
  }
}

/**
 * Reads the footer of a file as it is stored, and its offset; undefined for a file that is not Parquet.
 * @throws RangeError, Error as {@link readStruct}.
 */
export async function readFooterStruct(
  file: FileHandle,
): Promise<{ readonly struct: ThriftStruct; readonly start: number } | undefined> {
  const { size } = await file.stat();
  const tail = Buffer.alloc(TAIL_BYTES);
  if (size < TAIL_BYTES + MAGIC.length) return undefined;
  await file.read(tail, 0, TAIL_BYTES, size - TAIL_BYTES);
  const length = tail.readUInt32LE(0);
  const start = size - TAIL_BYTES - length;
  if (!tail.subarray(4).equals(MAGIC) || start < MAGIC.length) return undefined;
  const bytes = Buffer.alloc(length);
  await file.read(bytes, 0, length, start);
  return { struct: readStruct(bytes), start };
}

/** The end of a file that holds only a footer: its bytes from the offset of the footer on. */
export function footerBytes(footer: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return Buffer.concat([footer, length, MAGIC]);
}

function footerOf(file: ThriftStruct, start: number): Footer {
  const elements = structs(file, FILE.schema);
  const leaves: Leaf[] = [];
  /** The index of each leaf in the schema. */
  const places: number[] = [];
  const columns: string[] = [];
  let next = 1;

  function walk(path: readonly string[]): void {
    const place = next++;
    const element = elements[place]!;
    const own = [...path, textOf(element, ELEMENT.name)];
    if (own.length === 1) columns.push(own[0]!);
    const children = Number(integer(element, ELEMENT.children) ?? 0n);
    for (let i = 0; i < children; i++) walk(own);
    if (children > 0) return;
    leaves.push({ path: own, ...kindOf(element), scale: Number(integer(element, ELEMENT.scale) ?? 0n) });
    places.push(place);
  }
  const root = Number(integer(elements[0]!, ELEMENT.children) ?? 0n);
  for (let i = 0; i < root; i++) walk([]);

  const groups = structs(file, FILE.rowGroups);
  return {
    start,
    leaves,
    columns,
    groups: groups.map(groupOf),
    withGroup(index, isRaw) {
      const raw = leaves.map(isRaw);
      const rawPlaces = new Set(places.filter((_, i) => raw[i]));
      const schema = elements.map((element, place) => (rawPlaces.has(place) ? asBytes(element) : element));
      const group = groups[index]!;
      const chunks = structs(group, GROUP.columns).map((chunk, i) => (raw[i] ? withoutStatistics(chunk) : chunk));
      const changed = new Map(group).set(GROUP.columns, listOf(chunks));
      return writeStruct(
        new Map(file)
          .set(FILE.schema, listOf(schema))
          .set(FILE.rows, group.get(GROUP.rows)!)
          .set(FILE.rowGroups, listOf([changed])),
      );
    },
  };
}

function groupOf(group: ThriftStruct): RowGroup {
  const ranges = structs(group, GROUP.columns).map(chunk => {
    const meta = structAt(chunk, CHUNK.meta)!;
    const dataPage = Number(integer(meta, META.dataPage));
    // Some writers store 0 when the column has no dictionary.
    const dictionary = Number(integer(meta, META.dictionaryPage) ?? 0n);
    const start = dictionary > 0 ? Math.min(dictionary, dataPage) : dataPage;
    return { start, length: Number(integer(meta, META.size)) };
  });
  return { rows: Number(integer(group, GROUP.rows)), ranges };
}

function kindOf(element: ThriftStruct): { raw: RawKind | undefined; isText: boolean } {
  const type = integer(element, ELEMENT.type);
  const converted = integer(element, ELEMENT.converted);
  const logical = structAt(element, ELEMENT.logical);
  const isText =
    type === TYPE.byteArray &&
    (converted === CONVERTED.utf8 ||
      converted === CONVERTED.enum ||
      converted === CONVERTED.json ||
      [LOGICAL.string, LOGICAL.enum, LOGICAL.json].some(id => logical?.has(id)));
  const isDecimal = converted === CONVERTED.decimal || logical?.has(LOGICAL.decimal) === true;
  if (type === TYPE.int96) return { raw: 'int96', isText };
  if (isDecimal && (integer(element, ELEMENT.precision) ?? 0n) > MAX_DECIMAL_DIGITS) return { raw: 'decimal', isText };
  const timestamp = logical && structAt(logical, LOGICAL.timestamp);
  const isZoned = timestamp?.get(UTC)?.value === true;
  if (isZoned && structAt(timestamp, UNIT)?.has(NANOS)) return { raw: 'timestamp_ns', isText };
  const time = logical && structAt(logical, LOGICAL.time);
  if (time && structAt(time, UNIT)?.has(NANOS)) return { raw: 'time_ns', isText };
  return { raw: undefined, isText };
}

/** Declares a column as the bytes or integers that it stores. */
function asBytes(element: ThriftStruct): ThriftStruct {
  const raw = new Map(element);
  for (const id of [ELEMENT.converted, ELEMENT.scale, ELEMENT.precision, ELEMENT.logical]) raw.delete(id);
  if (integer(element, ELEMENT.type) !== TYPE.int96) return raw;
  return raw.set(ELEMENT.type, i32(TYPE.fixed)).set(ELEMENT.typeLength, i32(INT96_BYTES));
}

/** The chunk of such a column without its minimum and maximum, which have the original type. */
function withoutStatistics(chunk: ThriftStruct): ThriftStruct {
  const meta = new Map(structAt(chunk, CHUNK.meta));
  meta.delete(META.statistics);
  if (integer(meta, META.type) === TYPE.int96) meta.set(META.type, i32(TYPE.fixed));
  return new Map(chunk).set(CHUNK.meta, { type: THRIFT.struct, value: meta });
}

function structs(from: ThriftStruct, id: number): ThriftStruct[] {
  return (from.get(id)!.value as ThriftList).elements as ThriftStruct[];
}

function listOf(elements: readonly ThriftStruct[]): ThriftValue {
  return { type: THRIFT.list, value: { elementType: THRIFT.struct, elements } };
}

function structAt(from: ThriftStruct, id: number): ThriftStruct | undefined {
  const value = from.get(id)?.value;
  return value instanceof Map ? value : undefined;
}

function integer(from: ThriftStruct, id: number): bigint | undefined {
  const value = from.get(id)?.value;
  return typeof value === 'bigint' ? value : undefined;
}

function textOf(from: ThriftStruct, id: number): string {
  return (from.get(id)!.value as Buffer).toString();
}

function i32(value: bigint): ThriftValue {
  return { type: THRIFT.i32, value };
}
