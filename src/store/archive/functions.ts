import { DuckDBScalarFunction, VARCHAR, type DuckDBConnection } from '@duckdb/node-api';
import { toWellFormedEscapes } from '../journal/surrogates.js';
import { listSlices, slotPatch, slotPatched } from '../shape/patch.js';
import { escapeUnits } from '../shape/styles/string-style.js';

/**
 * Registers the SQL functions that queries of segments call. They run on the thread of JavaScript, so they are called for
 * rare rows only.
 *
 * - `well_formed`: JSON text with U+FFFD for each escape of half a surrogate pair, which DuckDB's JSON functions refuse.
 * - `escape_units`: text with all past ASCII escaped, in hex of a case ('x' or 'X').
 * - `slot_patched`: an event that its shape gives back but for a patch.
 */
export function registerReading(connection: DuckDBConnection): void {
  connection.registerScalarFunction(textFunction('well_formed', 1, toWellFormedEscapes));
  connection.registerScalarFunction(
    textFunction('escape_units', 2, (text, hex) => escapeUnits(text, hex as 'x' | 'X')),
  );
  connection.registerScalarFunction(textFunction('slot_patched', 2, slotPatched));
}

/**
 * Registers those that statements which write segments call as well.
 *
 * - `slot_patch`: the patch that an event needs in addition to its shape.
 * - `list_slices`: the arrays of an event as they were sent.
 */
export function registerWriting(connection: DuckDBConnection): void {
  registerReading(connection);
  connection.registerScalarFunction(textFunction('slot_patch', 2, slotPatch));
  connection.registerScalarFunction(textFunction('list_slices', 1, listSlices));
}

/** A function of texts that is NULL where one of them is. */
export function textFunction(
  name: string,
  parameters: number,
  compute: (...texts: [string, string]) => string | null,
): DuckDBScalarFunction {
  return DuckDBScalarFunction.create({
    name,
    returnType: VARCHAR,
    parameterTypes: Array.from({ length: parameters }, () => VARCHAR),
    mainFunction: (_, input, output) => {
      const columns = Array.from({ length: parameters }, (__, i) => input.getColumnVector(i));
      for (let row = 0; row < input.rowCount; row++) {
        const texts = columns.map(column => column.getItem(row));
        output.setItem(row, texts.includes(null) ? null : compute(...(texts as [string, string])));
      }
      output.flush();
    },
  });
}
