import { DuckDBScalarFunction, VARCHAR } from '@duckdb/node-api';
import { toWellFormedEscapes } from '../journal/surrogates.js';

/** The SQL function `well_formed`: JSON text with U+FFFD for each escape of half a surrogate pair, which DuckDB's JSON functions refuse. */
export function wellFormed(): DuckDBScalarFunction {
  return DuckDBScalarFunction.create({
    name: 'well_formed',
    returnType: VARCHAR,
    parameterTypes: [VARCHAR],
    mainFunction: (_, input, output) => {
      const texts = input.getColumnVector(0);
      for (let row = 0; row < input.rowCount; row++) {
        const text = texts.getItem(row);
        output.setItem(row, typeof text === 'string' ? toWellFormedEscapes(text) : null);
      }
      output.flush();
    },
  });
}
