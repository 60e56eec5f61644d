import {
  BIGINT,
  DOUBLE,
  DuckDBTableFunction,
  DuckDBVarCharType,
  VARCHAR,
  type DuckDBConnection,
  type DuckDBType,
} from '@duckdb/node-api';
import { messageOf } from '../../core/errors.js';
import { READ_CHUNK_ROWS } from '../../core/limits.js';
import type { JournalReader } from '../../store/journal/reader.js';
import { CATALOG_VIEWS, type CatalogView, type CellType } from '../named-views/catalog-views.js';
import type { NamedView } from '../named-views/named-views.js';

const TYPES: Readonly<Record<CellType, DuckDBType>> = {
  text: VARCHAR,
  json: DuckDBVarCharType.create('JSON'),
  integer: BIGINT,
  double: DOUBLE,
  time: BIGINT,
};

type Cells = readonly (readonly (string | number | null)[])[];

/** The table functions below the views of the catalog, registered when a statement names one of the views. */
export class CatalogTables {
  readonly #connection: DuckDBConnection;
  readonly #reader: JournalReader;
  readonly #registered = new Set<string>();

  constructor(connection: DuckDBConnection, reader: JournalReader) {
    this.#connection = connection;
    this.#reader = reader;
  }

  /** Registers the functions that views read. */
  register(views: readonly NamedView[]): void {
    for (const view of CATALOG_VIEWS) {
      if (this.#registered.has(view.name) || !views.some(({ name }) => name === view.name)) continue;
      this.#registered.add(view.name);
      this.#connection.registerTableFunction(rowsFunction(view, () => this.#reader.catalogTable(view.name)));
    }
  }
}

function rowsFunction({ functionName, columns }: CatalogView, read: () => Cells): DuckDBTableFunction {
  return DuckDBTableFunction.create({
    name: functionName,
    supportsProjectionPushdown: false,
    bindFunction: bind => {
      for (const [name, type] of columns) bind.addResultColumn(name, TYPES[type]);
    },
    initFunction: init => {
      init.setMaxThreads(1);
      try {
        init.setInitData({ rows: read(), next: 0 });
      } catch (error) {
        init.setError(messageOf(error));
      }
    },
    mainFunction: (info, chunk) => {
      const scan = info.getInitData() as { readonly rows: Cells; next: number };
      const rows = scan.rows.slice(scan.next, scan.next + READ_CHUNK_ROWS);
      scan.next += rows.length;
      chunk.rowCount = rows.length;
      if (rows.length === 0) return;
      columns.forEach(([, type], index) => {
        const isInteger = type === 'integer' || type === 'time';
        chunk.setColumnValues(
          index,
          rows.map(row => (isInteger && row[index] !== null ? BigInt(row[index]!) : row[index]!)),
        );
      });
    },
  });
}
