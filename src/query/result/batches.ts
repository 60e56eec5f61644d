import type { DuckDBDataChunk, DuckDBResult } from '@duckdb/node-api';
import type { Column, Result, Row } from '../../core/result.js';
import { printer, type Printer, type ValueStyle } from './values.js';

/** The columns of a result and how their values are printed. */
function describeColumns(result: DuckDBResult, style: ValueStyle): { columns: Column[]; printers: Printer[] } {
  const types = result.columnTypes();
  const printers = types.map(type => printer(type, style));
  const columns = types.map((type, i) => ({
    name: result.columnName(i),
    type: type.alias ?? String(type),
    kind: printers[i]!.kind,
  }));
  return { columns, printers };
}

/** The rows of a chunk as text. */
function printChunk(chunk: DuckDBDataChunk, printers: readonly Printer[]): Row[] {
  const { rowCount } = chunk;
  const rows: (string | null)[][] = Array.from({ length: rowCount }, () => new Array<string | null>(printers.length));
  printers.forEach(({ print }, column) => {
    const vector = chunk.getColumnVector(column);
    for (let row = 0; row < rowCount; row++) {
      const value = vector.getItem(row);
      rows[row]![column] = value === null ? null : print(value);
    }
  });
  return rows;
}

/** What ends with the result: the snapshot that it reads. */
interface Lifetime {
  readonly end: () => void;
  /** Turns what was thrown while reading into what the user is told. */
  readonly failed: (error: unknown) => unknown;
  /** Finds out what ended the result before all of its rows were there. */
  readonly why: () => Promise<unknown>;
}

/**
 * The chunks of a result that streams. The binding (1.5) ends it in the same way when it fails on the way; that it is
 * no streaming result any more tells (`duckdb_result_is_streaming`).
 * @param why finds the error, which the binding does not tell.
 */
export async function* chunksOf(result: DuckDBResult, why: () => Promise<unknown>): AsyncGenerator<DuckDBDataChunk> {
  const { isStreaming } = result;
  yield* result;
  if (result.isStreaming !== isStreaming) throw await why();
}

/** A result whose rows are read as they are asked for. */
export function readBatches(result: DuckDBResult, style: ValueStyle, { end, failed, why }: Lifetime): Result {
  const { columns, printers } = describeColumns(result, style);
  async function* batches(): AsyncGenerator<Row[]> {
    try {
      for await (const chunk of chunksOf(result, why)) yield printChunk(chunk, printers);
    } catch (error) {
      throw failed(error);
    } finally {
      end();
    }
  }
  return { columns, batches: batches() };
}
