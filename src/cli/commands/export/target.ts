import { statSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { codeOf, TelemetryError } from '../../../core/errors.js';
import { EXPORT_FORMATS, PARTITION_KEYS, type ExportFormat, type PartitionKey } from '../../../core/export-format.js';
import type { TextCompression } from '../../../consumers/export/request.js';
import { commaList } from '../../shared/options.js';

/** Formats by file extension, in lower case. */
const BY_ENDING: Readonly<Record<string, ExportFormat>> = {
  '.parquet': 'parquet',
  '.csv': 'csv',
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
  '.sqlite': 'sqlite',
  '.sqlite3': 'sqlite',
  '.db': 'sqlite',
  '.duckdb': 'duckdb',
  '.ddb': 'duckdb',
};

const COMPRESSIONS: Readonly<Record<string, TextCompression>> = { '.gz': 'gzip', '.zst': 'zstd' };

/** Formats that DuckDB compresses as it writes them. */
const COMPRESSED: ReadonlySet<ExportFormat> = new Set(['csv', 'ndjson']);

const ON_STDOUT: readonly ExportFormat[] = ['csv', 'ndjson', 'otlp-json'];

/** The options that name the target. */
interface TargetFlags {
  readonly to: string | undefined;
  readonly format: string | undefined;
  readonly partitionBy: readonly PartitionKey[];
}

/** The target of an export, and its form. */
export interface Target {
  readonly format: ExportFormat;
  /** Absolute; undefined for stdout. */
  readonly target: string | undefined;
  readonly isFolder: boolean;
  readonly compression: TextCompression;
}

/** @throws TelemetryError `usage` for a target that no format is known for, or that the format cannot be written to. */
export function targetOf({ to, format: named, partitionBy }: TargetFlags, cwd: string): Target {
  if (to === undefined || to === '') {
    throw new TelemetryError('usage', 'a target is missing', {
      remedy: 'Name a file or a folder with --to, such as --to events.parquet, or --to - for stdout.',
    });
  }
  const given = EXPORT_FORMATS.find(name => name === named);
  if (to === '-') return stdoutTarget(given, partitionBy);
  const target = resolve(cwd, to);
  const isFolder = partitionBy.length > 0 || to.endsWith('/') || isDirectory(target);
  const compression = COMPRESSIONS[extname(to).toLowerCase()] ?? 'none';
  const format = given ?? (isFolder ? 'parquet' : formatOfFile(to, compression));
  if (isFolder && format !== 'parquet') {
    throw new TelemetryError(
      'usage',
      partitionBy.length > 0
        ? `--partition-by is for Parquet, not ${format}`
        : `--to ${to} is a folder, which only Parquet can be written to`,
      { remedy: `Name a file for --format ${format}.` },
    );
  }
  if (compression !== 'none' && !isFolder && !COMPRESSED.has(format)) {
    throw new TelemetryError('usage', `--to ${to}: ${format} is not written as ${extname(to)}`, {
      remedy: format === 'parquet' ? 'Parquet is compressed within.' : 'Compress the file afterwards.',
    });
  }
  return { format, target, isFolder, compression };
}

function stdoutTarget(format: ExportFormat | undefined, partitionBy: readonly PartitionKey[]): Target {
  if (partitionBy.length > 0) throw new TelemetryError('usage', '--partition-by needs a folder, not stdout');
  if (format !== undefined && ON_STDOUT.includes(format)) {
    return { format, target: undefined, isFolder: false, compression: 'none' };
  }
  throw new TelemetryError(
    'usage',
    format === undefined ? '--to - needs a --format' : `${format} cannot be written to stdout`,
    { remedy: `Choose ${ON_STDOUT.join(', ')}, or name a file with --to.` },
  );
}

function formatOfFile(to: string, compression: TextCompression): ExportFormat {
  const name = compression === 'none' ? to : to.slice(0, -extname(to).length);
  const ending = extname(name).toLowerCase();
  const format = Object.hasOwn(BY_ENDING, ending) ? BY_ENDING[ending] : undefined;
  if (format !== undefined) return format;
  throw new TelemetryError('usage', `no format is known for --to ${to}`, {
    remedy: `Give it with --format: ${EXPORT_FORMATS.join(', ')}.`,
  });
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    // The export says why it cannot be written.
    return false;
  }
}

/** The keys of --partition-by, in the order of the folders. @throws TelemetryError `usage` for any other. */
export function partitionKeys(given: readonly string[] = []): PartitionKey[] {
  const names = commaList(given);
  const wrong = names.find(name => !(PARTITION_KEYS as readonly string[]).includes(name));
  if (wrong !== undefined || new Set(names).size < names.length) {
    throw new TelemetryError(
      'usage',
      `--partition-by ${given.join(',')}: the keys are ${PARTITION_KEYS.join(' and ')}`,
      {
        remedy: 'Write --partition-by day, type or day,type.',
      },
    );
  }
  return names as PartitionKey[];
}
