import type { DuckDBDataChunk, DuckDBResult } from '@duckdb/node-api';
import type { Column, Result, Row } from '../../core/result.js';
import { printer, type Printer, type ValueStyle } from './values.js';

/** The columns of a result, and a printer for the values of each. */
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

/** Calls of a result back to the statement that it belongs to. */
interface Lifetime {
  readonly end: () => void;
  /** Turns an error thrown while reading into the one that the user sees. */
  readonly failed: (error: unknown) => unknown;
  /** Finds the error that ended the result before all of its rows were read. */
  readonly why: () => Promise<unknown>;
}

/**
 * The chunks of a streaming result. The binding (1.5) ends a result that fails in the middle like one that is complete;
 * only `duckdb_result_is_streaming` then differs.
 * @param why finds the error, which the binding does not return.
 */
export async function* chunksOf(result: DuckDBResult, why: () => Promise<unknown>): AsyncGenerator<DuckDBDataChunk> {
  const { isStreaming } = result;
  yield* result;
  if (result.isStreaming !== isStreaming) throw await why();
}

/** A result whose rows are read on demand. The snapshot that it reads ends with it. */
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
