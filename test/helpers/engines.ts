import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A server of another program, started for tests. */
export interface Engine {
  /** The values that its script printed: `URL`, `DIR`, `PID`, ... */
  readonly values: Readonly<Record<string, string>>;
  /** Starts it again in its folder after it was killed. */
  again(): Promise<Engine>;
  stop(): Promise<void>;
}

/** The reason that an engine is not there. */
export interface MissingEngine {
  readonly missing: string;
}

/** The exit code of a script whose tools are missing. */
const MISSING = 69;

/** Starting may build or unpack. */
const START_MS = 120_000;

/** Starts an engine by its script in `scripts/engines`. @param dir to start in; a new one by default. */
export async function startEngine(name: string, dir?: string): Promise<Engine | MissingEngine> {
  const { code, out, err } = await script(name, ['start', ...(dir === undefined ? [] : [dir])]);
  if (code === MISSING) return { missing: err.trim() };
  if (code !== 0) throw new Error(`${name} did not start: ${err}`);
  const values = Object.fromEntries(
    out.split('\n').flatMap(line => {
      const at = line.indexOf('=');
      return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)]];
    }),
  ) as Record<string, string>;
  return {
    values,
    async again() {
      const engine = await startEngine(name, values.DIR);
      if ('missing' in engine) throw new Error(engine.missing);
      return engine;
    },
    async stop() {
      await script(name, ['stop', values.DIR!]);
    },
  };
}

function script(name: string, args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const file = fileURLToPath(new URL(`../../scripts/engines/${name}.sh`, import.meta.url));
  return new Promise(resolve => {
    execFile(file, args, { timeout: START_MS }, (error, out, err) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ code, out, err: error === null || err !== '' ? err : error.message });
    });
  });
}
