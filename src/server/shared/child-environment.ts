import { FAULT_VARIABLE } from '../../core/fault-point.js';

/** Variables that Node, DuckDB, the C library and the loader of programs read. */
const NEEDED_VARIABLES =
  /^(?:PATH|HOME|USERPROFILE|SYSTEMROOT|TMPDIR|TMP|TEMP|TZ|LANG|LC_\w+|NODE_\w+|LD_\w+|DYLD_\w+|MALLOC_\w+)$/i;

/**
 * The environment of the server's own processes. They read no setting of telemetry, and hold neither the token of the
 * server nor the secrets of other programs, such as the headers of an OpenTelemetry exporter.
 */
export function environmentWithoutSecrets(): NodeJS.ProcessEnv {
  const isNeeded = (name: string): boolean => NEEDED_VARIABLES.test(name) || name === FAULT_VARIABLE;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => isNeeded(name)));
}
