import { isUtf8 } from 'node:buffer';
import {
  DuckDBTypeId as Id,
  type DuckDBArrayValue,
  type DuckDBListValue,
  type DuckDBMapValue,
  type DuckDBStructValue,
  type DuckDBType,
  type DuckDBUnionValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import { timestampPrinter } from '../result/timestamps.js';
import { printer } from '../result/values.js';
import type { Leaf } from './footer.js';

/*
 * Rows of a Parquet file as JSON that has lost nothing but what JSON has no words for: numbers keep all digits, times
 * all of their fraction, bytes are base64, as binary messages are. A number that is not finite is null; of a column, the
 * key NAME_text tells which it was.
 */

/** Prints a value, which is not NULL, as JSON. */
type Print = (value: DuckDBValue) => string;

/** A printer of a result's rows. */
export interface RowPrinter {
  /** Prints a row as a JSON object. @param row the values of its columns. */
  print(row: readonly DuckDBValue[]): string;
}

/** The columns of a result, as DuckDB and as the file describe them. */
export interface RowPrinterOptions {
  readonly types: readonly DuckDBType[];
  /** DuckDB's names of the columns. */
  readonly names: readonly string[];
  /** The file's names of the columns; undefined where its footer cannot be read. */
  readonly columns: readonly string[] | undefined;
  /** The leaves of the file, in order; undefined where its footer cannot be read. */
  readonly leaves: readonly Leaf[] | undefined;
  readonly isRaw: (leaf: Leaf) => boolean;
  /** Gets the names of text columns with a value that is not UTF-8 and so base64. */
  readonly base64Columns: Set<string>;
}

const STYLE = { timezone: 'UTC', time: 'iso' } as const;

/** The column that holds a whole event as text: see sources/import/exported-rows.ts. */
const PAYLOAD = 'payload';

/** Creates a printer of rows as JSON objects whose keys are the names in the file. */
export function rowPrinter({ types, names, columns, leaves, isRaw, base64Columns }: RowPrinterOptions): RowPrinter {
  const walk = new LeafWalk(leaves, isRaw, base64Columns);
  const keys = ownNames(names, columns);
  const printers = types.map((type, i) =>
    keys[i] === PAYLOAD ? payloadPrinter(type, walk) : valuePrinter(type, walk),
  );
  const starts = keys.map((key, i) => `${i === 0 ? '{' : ','}${JSON.stringify(key)}:`);
  const textKeys = keys.map(key => JSON.stringify(`${key}_text`));
  // A row with a payload holds these values in it.
  const tells = !keys.includes(PAYLOAD);
  const mayBeInfinite = types.map(({ typeId }) => tells && (typeId === Id.DOUBLE || typeId === Id.FLOAT));
  return {
    print(row) {
      let json = '';
      let texts = '';
      for (let i = 0; i < row.length; i++) {
        const value = row[i] as DuckDBValue;
        json += starts[i]!;
        json += value === null ? 'null' : printers[i]!(value);
        if (mayBeInfinite[i] && value !== null && !Number.isFinite(value)) {
          texts += `,${textKeys[i]!}:"${nonFiniteText(value as number)}"`;
        }
      }
      return `${json}${texts}}`;
    },
  };
}

/** The text of a number that is not finite, as in an OTLP metric value. */
function nonFiniteText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
}

/** DuckDB renames columns whose names differ only in case. Two columns of the same name need different keys in JSON. */
function ownNames(names: readonly string[], columns: readonly string[] | undefined): string[] {
  if (columns?.length !== names.length) return [...names];
  const taken = new Set<string>();
  return columns.map((own, i) => {
    const name = taken.has(own) ? names[i]! : own;
    taken.add(name);
    return name;
  });
}

/** Walks the leaves of a file in step with DuckDB's types of its columns. */
class LeafWalk {
  readonly #leaves: readonly Leaf[] | undefined;
  readonly #isRaw: (leaf: Leaf) => boolean;
  readonly #base64Columns: Set<string>;
  #next = 0;

  constructor(leaves: readonly Leaf[] | undefined, isRaw: (leaf: Leaf) => boolean, base64Columns: Set<string>) {
    this.#leaves = leaves;
    this.#isRaw = isRaw;
    this.#base64Columns = base64Columns;
  }

  /** Notes that a text of a leaf is printed as base64. */
  addBase64({ path }: Leaf): void {
    this.#base64Columns.add(path[0] ?? '');
  }

  /** The next leaf, if it is read as stored. */
  take(): Leaf | undefined {
    const leaf = this.#leaves?.[this.#next++];
    return leaf && this.#isRaw(leaf) ? leaf : undefined;
  }

  /** Steps over the leaves of a VARIANT: those next to and below its `metadata`. */
  takeVariant(): void {
    const group = this.#leaves?.[this.#next]?.path.slice(0, -1);
    const isInGroup = (leaf: Leaf | undefined): boolean => group?.every((name, i) => leaf?.path[i] === name) ?? false;
    do this.#next++;
    while (group && this.#next < this.#leaves!.length && isInGroup(this.#leaves![this.#next]));
  }

  /** The name of a field in the file. DuckDB renames some: `A_1` for an `A` next to an `a`. */
  fieldName(name: string): string {
    const path = this.#leaves?.[this.#next]?.path ?? [];
    if (path.includes(name)) return name;
    return path.find(own => name.startsWith(`${own}_`) && /^\d+$/.test(name.slice(own.length + 1))) ?? name;
  }
}

function valuePrinter(type: DuckDBType, walk: LeafWalk): Print {
  switch (type.typeId) {
    case Id.LIST:
    case Id.ARRAY: {
      const item = orNull(valuePrinter(type.valueType, walk));
      return value => `[${(value as DuckDBListValue | DuckDBArrayValue).items.map(item).join(',')}]`;
    }
    case Id.STRUCT: {
      const fields = type.entryNames.map((name, i) => ({
        name,
        key: `${JSON.stringify(walk.fieldName(name))}:`,
        print: orNull(valuePrinter(type.entryTypes[i]!, walk)),
      }));
      return value => {
        const { entries } = value as DuckDBStructValue;
        return `{${fields.map(({ name, key, print }) => key + print(entries[name] ?? null)).join(',')}}`;
      };
    }
    case Id.MAP:
      return mapPrinter(valuePrinter(type.keyType, walk), orNull(valuePrinter(type.valueType, walk)));
    case Id.UNION: {
      const members = new Map(type.memberTags.map((tag, i) => [tag, orNull(valuePrinter(type.memberTypes[i]!, walk))]));
      return value => {
        const { tag, value: inner } = value as DuckDBUnionValue;
        return `{${JSON.stringify(tag)}:${members.get(tag)!(inner)}}`;
      };
    }
    case Id.VARIANT:
      walk.takeVariant();
      return variantText;
    default:
      return leafPrinter(type, walk.take(), leaf => walk.addBase64(leaf));
  }
}

function orNull(print: Print): Print {
  return value => (value === null ? 'null' : print(value));
}

/** Prints a map as an object when its keys are text, else as a list of pairs. */
function mapPrinter(key: Print, item: Print): Print {
  return value => {
    const pairs = (value as DuckDBMapValue).entries.map(entry => [key(entry.key), item(entry.value)] as const);
    if (pairs.every(([text]) => text.startsWith('"'))) return `{${pairs.map(pair => pair.join(':')).join(',')}}`;
    return `[${pairs.map(([from, to]) => `{"key":${from},"value":${to}}`).join(',')}]`;
  };
}

const NO_LEAVES = new LeafWalk(undefined, () => false, new Set());

/** Prints a VARIANT. Each value has its own type, often the same for many rows in a row. */
function variantText(value: DuckDBValue): string {
  const { value: inner, type } = value as { value: DuckDBValue; type?: DuckDBType };
  if (inner === null || type === undefined) return inner === null ? 'null' : JSON.stringify(String(inner));
  return valuePrinter(type, NO_LEAVES)(inner);
}

function leafPrinter(type: DuckDBType, raw: Leaf | undefined, onBase64: (leaf: Leaf) => void): Print {
  if (raw) return rawPrinter(raw, onBase64);
  if (type.typeId === Id.BLOB) return value => base64(bytesOf(value));
  if (type.typeId === Id.VARCHAR && type.alias === 'JSON') return value => embedded(value as string);
  const { kind, print } = printer(type, STYLE);
  if (kind === 'boolean') return print;
  if (kind !== 'number') return value => JSON.stringify(print(value));
  if (type.typeId !== Id.DOUBLE && type.typeId !== Id.FLOAT) return print;
  return value => (Number.isFinite(value) ? fractional(print(value)) : 'null');
}

/** Prints a whole floating-point number with a fraction, so that it stays one. */
function fractional(text: string): string {
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

function rawPrinter(leaf: Leaf, onBase64: (leaf: Leaf) => void): Print {
  const { raw, scale } = leaf;
  const nanos = timestampPrinter(1_000_000_000n, 'iso');
  switch (raw) {
    case 'decimal':
      return value => decimalText(bytesOf(value), scale);
    case 'timestamp_ns':
      return value => `"${nanos(value as bigint)}Z"`;
    case 'time_ns':
      return value => `"${nanos(value as bigint).slice('1970-01-01T'.length)}"`;
    case 'int96':
      return value => `"${nanos(int96Nanos(Buffer.from(bytesOf(value))))}"`;
    default:
      return value => {
        const bytes = bytesOf(value);
        if (isUtf8(bytes)) return JSON.stringify(Buffer.from(bytes).toString());
        onBase64(leaf);
        return base64(bytes);
      };
  }
}

/** JSON in a cell stays JSON, on one line; other text becomes a string. */
function embedded(text: string): string {
  try {
    JSON.parse(text);
    // Strings in JSON hold no raw line breaks.
    return text.replace(/[\r\n]/g, ' ');
  } catch (error) {
    if (error instanceof SyntaxError) return JSON.stringify(text);
    throw error;
  }
}

/** A payload is printed as its text, unparsed, to return the same bytes. */
function payloadPrinter(type: DuckDBType, walk: LeafWalk): Print {
  if (type.typeId !== Id.VARCHAR) return valuePrinter(type, walk);
  walk.take();
  return value => JSON.stringify(value);
}

function bytesOf(value: DuckDBValue): Uint8Array {
  return (value as { readonly bytes: Uint8Array }).bytes;
}

function base64(bytes: Uint8Array): string {
  return `"${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')}"`;
}

/**
 * The text of a decimal, whose unscaled value is a big-endian two's complement integer (Parquet, LogicalTypes.md,
 * "DECIMAL").
 */
function decimalText(bytes: Uint8Array, scale: number): string {
  const unscaled =
    bytes.length === 0 ? 0n : BigInt.asIntN(8 * bytes.length, BigInt(`0x${Buffer.from(bytes).toString('hex')}`));
  const sign = unscaled < 0n ? '-' : '';
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  const point = digits.length - scale;
  return `${sign}${digits.slice(0, point)}${scale === 0 ? '' : `.${digits.slice(point)}`}`;
}

/** The Julian day of 1970-01-01. */
const JULIAN_1970 = 2_440_588n;
const DAY_NANOS = 86_400_000_000_000n;

/**
 * Nanoseconds since 1970 of an INT96: nanoseconds of the day, then a Julian day, little-endian, as Impala and Spark
 * wrote timestamps.
 */
function int96Nanos(bytes: Buffer): bigint {
  return (BigInt(bytes.readUInt32LE(8)) - JULIAN_1970) * DAY_NANOS + bytes.readBigInt64LE(0);
}
