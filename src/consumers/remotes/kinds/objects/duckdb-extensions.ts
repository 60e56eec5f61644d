import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, TelemetryError } from '../../../../core/errors.js';
import type { Engine } from '../../../../query/sandbox/engine.js';
import { quoteText } from '../../../../store/sql/text.js';

/**
 * Loads an extension of DuckDB from a folder of extension files, or from DuckDB's own folder, where it is installed
 * first.
 * @param folder searched with its subfolders; undefined for DuckDB's own.
 * @throws TelemetryError `failure` naming the extension.
 */
export async function loadExtension({ connection }: Engine, name: string, folder: string | undefined): Promise<void> {
  const remedy =
    `Give --duckdb-extensions the folder of ${name}.duckdb_extension for this DuckDB, ` +
    `such as the one in the Python package duckdb-extension-${name.replaceAll('_', '-')}.`;
  if (folder !== undefined) {
    const file = fileIn(folder, `${name}.duckdb_extension`);
    if (file === undefined) {
      throw new TelemetryError('failure', `${folder} has no ${name}.duckdb_extension, which the remote needs`, {
        remedy,
      });
    }
    try {
      await connection.run(`load ${quoteText(file)}`);
    } catch (error) {
      throw new TelemetryError('failure', `DuckDB cannot load ${file}: ${messageOf(error)}`, { remedy, cause: error });
    }
    return;
  }
  try {
    await connection.run(`install ${name}; load ${name}`);
  } catch (error) {
    const [reason] = messageOf(error).split('\n', 1);
    const message = `the remote needs DuckDB's extension ${name}, which cannot be installed: ${reason}`;
    throw new TelemetryError('failure', message, { remedy, cause: error });
  }
}

function fileIn(folder: string, name: string): string | undefined {
  if (!existsSync(folder)) return undefined;
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find(
    file => file === name || file.endsWith(`/${name}`),
  );
  return found === undefined ? undefined : join(folder, found);
}
