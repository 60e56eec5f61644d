import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeDirectory } from '../../../../helpers/store.js';
import { removeDirectory } from '../../../../helpers/remove-directory.js';

const script = fileURLToPath(new URL('../../../../../scripts/engines/s3.sh', import.meta.url));
const cache = process.env.TELEMETRY_ENGINES ?? join(homedir(), '.cache', 'telemetry-engines');

/** The gateway's program, where it is installed. */
const program = join(cache, 's3', 'versitygw');

/** Why the tests that need a gateway are left out; undefined where it is installed. */
export const noGateway = existsSync(program) ? undefined : 'versitygw is not installed: scripts/engines/s3.sh install';

/** DuckDB's extensions from the Python packages; undefined where they are not installed. */
export const extensions = existsSync(join(cache, 'duckdb')) ? join(cache, 'duckdb') : undefined;

/** Why the tests that need DuckDB's extensions are left out; undefined where they are installed. */
export const noExtensions =
  extensions === undefined
    ? "DuckDB's extensions are not installed: scripts/engines/duckdb-extensions.sh install"
    : undefined;

/** An S3 gateway on loopback. */
export class Gateway {
  readonly #dir = makeDirectory();
  #values: Readonly<Record<string, string>> = {};

  constructor() {
    this.start();
  }

  get endpoint(): string {
    return this.#values.URL!;
  }

  /** The folder that has the bucket's objects as files. */
  get bucketFolder(): string {
    return join(this.#dir, 'data', this.#values.BUCKET!);
  }

  /** The URL of a remote with this prefix. */
  url(prefix: string): string {
    const { KEY, SECRET, BUCKET } = this.#values;
    return `s3://${KEY}:${SECRET}@${BUCKET}/${prefix}`;
  }

  /** Starts it, on the port that it had. */
  start(): void {
    const port = this.#values.URL === undefined ? [] : [new URL(this.endpoint).port];
    const out = execFileSync(script, ['start', this.#dir, ...port], { encoding: 'utf8', timeout: 110_000 });
    this.#values = Object.fromEntries(
      out
        .trim()
        .split('\n')
        .map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
  }

  /** Kills it without warning. */
  kill(): void {
    process.kill(Number(this.#values.PID), 'SIGKILL');
  }

  stop(): void {
    spawnSync(script, ['stop', this.#dir]);
    removeDirectory(this.#dir);
  }
}
