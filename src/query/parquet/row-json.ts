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

/** Prints the rows of a result. */
export interface RowPrinter {
  /** @param row the values of its columns. */
  print(row: readonly DuckDBValue[]): string;
}

/** What columns are printed with. */
export interface RowPrinterOptions {
  readonly types: readonly DuckDBType[];
  /** As DuckDB names the columns. */
  readonly names: readonly string[];
  /** As the file names them. */
  readonly columns: readonly string[] | undefined;
  /** The leaves of the file, in their order; undefined where its footer cannot be read. */
  readonly leaves: readonly Leaf[] | undefined;
  readonly isRaw: (leaf: Leaf) => boolean;
}

const STYLE = { timezone: 'UTC', time: 'iso' } as const;

/** The column that holds a whole event, as its text: see feeds/exported-rows.ts. */
const PAYLOAD = 'payload';

/** Creates what prints rows as objects with the names of the file. */
export function rowPrinter({ types, names, columns, leaves, isRaw }: RowPrinterOptions): RowPrinter {
  const walk = new LeafWalk(leaves, isRaw);
  const keys = ownNames(names, columns);
  const printers = types.map((type, i) =>
    keys[i] === PAYLOAD ? payloadPrinter(type, walk) : valuePrinter(type, walk),
  );
  const starts = keys.map((key, i) => `${i === 0 ? '{' : ','}${JSON.stringify(key)}:`);
  const textKeys = keys.map(key => JSON.stringify(`${key}_text`));
  // A payload tells it itself.
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

/** As an OTLP metric value that is not finite is told. */
function nonFiniteText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
}

/** DuckDB gives columns other names whose names differ by case alone. Two of one name have to differ in JSON, too. */
function ownNames(names: readonly string[], columns: readonly string[] | undefined): string[] {
  if (columns?.length !== names.length) return [...names];
  const taken = new Set<string>();
  return columns.map((own, i) => {
    const name = taken.has(own) ? names[i]! : own;
    taken.add(name);
    return name;
  });
}

/** Steps over the leaves of a file beside the types that DuckDB makes of them. */
class LeafWalk {
  readonly #leaves: readonly Leaf[] | undefined;
  readonly #isRaw: (leaf: Leaf) => boolean;
  #next = 0;

  constructor(leaves: readonly Leaf[] | undefined, isRaw: (leaf: Leaf) => boolean) {
    this.#leaves = leaves;
    this.#isRaw = isRaw;
  }

  /** The next leaf when it is read raw. */
  take(): Leaf | undefined {
    const leaf = this.#leaves?.[this.#next++];
    return leaf && this.#isRaw(leaf) ? leaf : undefined;
  }

  /** Steps over the leaves of a VARIANT: what stands beside and below its `metadata`. */
  takeVariant(): void {
    const group = this.#leaves?.[this.#next]?.path.slice(0, -1);
    const isInGroup = (leaf: Leaf | undefined): boolean => group?.every((name, i) => leaf?.path[i] === name) ?? false;
    do this.#next++;
    while (group && this.#next < this.#leaves!.length && isInGroup(this.#leaves![this.#next]));
  }

  /** The name of a field in the file, which DuckDB has made another of: `A_1` for an `A` beside an `a`. */
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
      return leafPrinter(type, walk.take());
  }
}

function orNull(print: Print): Print {
  return value => (value === null ? 'null' : print(value));
}

/** A map whose keys are text is an object, any other a list of pairs. */
function mapPrinter(key: Print, item: Print): Print {
  return value => {
    const pairs = (value as DuckDBMapValue).entries.map(entry => [key(entry.key), item(entry.value)] as const);
    if (pairs.every(([text]) => text.startsWith('"'))) return `{${pairs.map(pair => pair.join(':')).join(',')}}`;
    return `[${pairs.map(([from, to]) => `{"key":${from},"value":${to}}`).join(',')}]`;
  };
}

const NO_LEAVES = new LeafWalk(undefined, () => false);

/** Each value of a VARIANT has a type of its own, the same for many in a row. */
function variantText(value: DuckDBValue): string {
  const { value: inner, type } = value as { value: DuckDBValue; type?: DuckDBType };
  if (inner === null || type === undefined) return inner === null ? 'null' : JSON.stringify(String(inner));
  return valuePrinter(type, NO_LEAVES)(inner);
}

function leafPrinter(type: DuckDBType, raw: Leaf | undefined): Print {
  if (raw) return rawPrinter(raw);
  if (type.typeId === Id.BLOB) return value => base64(bytesOf(value));
  if (type.typeId === Id.VARCHAR && type.alias === 'JSON') return value => embedded(value as string);
  const { kind, print } = printer(type, STYLE);
  if (kind === 'boolean') return print;
  if (kind !== 'number') return value => JSON.stringify(print(value));
  if (type.typeId !== Id.DOUBLE && type.typeId !== Id.FLOAT) return print;
  return value => (Number.isFinite(value) ? fractional(print(value)) : 'null');
}

/** A number of floating point stays one where it is whole. */
function fractional(text: string): string {
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

function rawPrinter({ raw, scale }: Leaf): Print {
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
      return value => textOrBase64(bytesOf(value));
  }
}

/** JSON within a cell stays JSON, on one line; what is none is text. */
function embedded(text: string): string {
  try {
    JSON.parse(text);
    // Within a string of JSON there is no line ending.
    return text.replace(/[\r\n]/g, ' ');
  } catch (error) {
    if (error instanceof SyntaxError) return JSON.stringify(text);
    throw error;
  }
}

/** The payload of an event is its text, whatever it is: its bytes are to come back. */
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

function textOrBase64(bytes: Uint8Array): string {
  return isUtf8(bytes) ? JSON.stringify(Buffer.from(bytes).toString()) : base64(bytes);
}

/** The unscaled value is an integer in two's complement, the highest byte first (Parquet, LogicalTypes.md, "DECIMAL"). */
function decimalText(bytes: Uint8Array, scale: number): string {
  const unscaled =
    bytes.length === 0 ? 0n : BigInt.asIntN(8 * bytes.length, BigInt(`0x${Buffer.from(bytes).toString('hex')}`));
  const sign = unscaled < 0n ? '-' : '';
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  const point = digits.length - scale;
  return `${sign}${digits.slice(0, point)}${scale === 0 ? '' : `.${digits.slice(point)}`}`;
}

/** 1970-01-01 as a Julian day. */
const JULIAN_1970 = 2_440_588n;
const DAY_NANOS = 86_400_000_000_000n;

/** Nanoseconds of the day, and a Julian day, the lowest byte first: what Impala and Spark wrote for a timestamp. */
function int96Nanos(bytes: Buffer): bigint {
  return (BigInt(bytes.readUInt32LE(8)) - JULIAN_1970) * DAY_NANOS + bytes.readBigInt64LE(0);
}
