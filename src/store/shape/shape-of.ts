import { DuckDBScalarFunction, INTEGER, VARCHAR } from '@duckdb/node-api';
import type { FormFinder } from './batch-shapes.js';

/** The SQL function `form_of`: the number of an event's form. It remembers, so the same finder's forms have to be used with it. */
export function formOf(finder: FormFinder): DuckDBScalarFunction {
  return DuckDBScalarFunction.create({
    name: 'form_of',
    returnType: INTEGER,
    parameterTypes: [VARCHAR],
    mainFunction: (_, input, output) => {
      const texts = input.getColumnVector(0);
      for (let row = 0; row < input.rowCount; row++) output.setItem(row, finder.of(texts.getItem(row) as string));
      output.flush();
    },
  });
}
