import { DuckDBScalarFunction, INTEGER, VARCHAR } from '@duckdb/node-api';
import type { BatchShapes } from './batch-shapes.js';

/** The SQL function `form_of`: the number of the batch shape of an event, which it adds to `shapes`. */
export function batchShapeFunction(shapes: BatchShapes): DuckDBScalarFunction {
  return DuckDBScalarFunction.create({
    name: 'form_of',
    returnType: INTEGER,
    parameterTypes: [VARCHAR],
    mainFunction: (_, input, output) => {
      const texts = input.getColumnVector(0);
      for (let row = 0; row < input.rowCount; row++) output.setItem(row, shapes.add(texts.getItem(row) as string));
      output.flush();
    },
  });
}
