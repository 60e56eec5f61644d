import { THRIFT, writeStruct, type ThriftList, type ThriftStruct, type ThriftValue } from './thrift.js';

/*
 * Row groups in the footer of a Parquet file.
 * Source: apache/parquet-format, src/main/thrift/parquet.thrift; the numbers below are ids of fields there.
 */

const FILE = { rows: 3, rowGroups: 4 } as const;
const GROUP = { columns: 1, rows: 3, offset: 5, ordinal: 7 } as const;
const CHUNK = { offset: 2, meta: 3, offsetIndex: 4, columnIndex: 6 } as const;
const META = { dataPage: 9, indexPage: 10, dictionaryPage: 11, bloomFilter: 14 } as const;

/**
 * The row groups of a footer for a file in which their bytes lie `by` bytes later.
 * @param before the number of row groups before them in that file.
 */
export function movedGroups(footer: ThriftStruct, by: number, before: number): ThriftStruct[] {
  return structs(footer, FILE.rowGroups).map((group, i) => {
    const columns = structs(group, GROUP.columns).map(chunk => {
      const meta = moved(chunk.get(CHUNK.meta)!.value as ThriftStruct, Object.values(META), by);
      const changed = moved(chunk, [CHUNK.offset, CHUNK.offsetIndex, CHUNK.columnIndex], by);
      return changed.set(CHUNK.meta, { type: THRIFT.struct, value: meta });
    });
    const changed = moved(group, [GROUP.offset], by).set(GROUP.columns, listOf(columns));
    const ordinal = group.get(GROUP.ordinal);
    // An ordinal has 16 bits, and is optional.
    if (ordinal && before + i <= MAX_ORDINAL) changed.set(GROUP.ordinal, { ...ordinal, value: BigInt(before + i) });
    else changed.delete(GROUP.ordinal);
    return changed;
  });
}

const MAX_ORDINAL = 32_767;

/** A footer with other row groups. */
export function withGroups(footer: ThriftStruct, groups: readonly ThriftStruct[]): Buffer {
  const rows = groups.reduce((sum, group) => sum + (group.get(GROUP.rows)!.value as bigint), 0n);
  return writeStruct(
    new Map(footer).set(FILE.rows, { type: THRIFT.i64, value: rows }).set(FILE.rowGroups, listOf(groups)),
  );
}

/** A struct whose offsets are moved. Some writers store 0 where there is nothing. */
function moved(struct: ThriftStruct, offsets: readonly number[], by: number): ThriftStruct {
  const changed = new Map(struct);
  for (const id of offsets) {
    const field = struct.get(id);
    if (field && field.value !== 0n) changed.set(id, { ...field, value: (field.value as bigint) + BigInt(by) });
  }
  return changed;
}

function structs(from: ThriftStruct, id: number): ThriftStruct[] {
  return (from.get(id)!.value as ThriftList).elements as ThriftStruct[];
}

function listOf(elements: readonly ThriftStruct[]): ThriftValue {
  return { type: THRIFT.list, value: { elementType: THRIFT.struct, elements } };
}
