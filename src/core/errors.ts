/** Exit codes of every command, in one table: `man telemetry` prints it. */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  noStore: 3,
  sql: 4,
  /** As timeout(1). */
  timeout: 124,
  interrupted: 130,
} as const;

/** The class of an error, in the terms of {@link EXIT}. */
export type ErrorKind = Exclude<keyof typeof EXIT, 'ok'>;

/** The remedy and the cause of an error. */
export interface ErrorDetails {
  /** A sentence on how the user can resolve the error. */
  remedy?: string;
  cause?: unknown;
}

/**
 * An error for the user: the message names the action and the value, `remedy` the way out. Any other error that reaches
 * the top is an internal error.
 */
export class TelemetryError extends Error {
  override readonly name = 'TelemetryError';
  readonly kind: ErrorKind;
  readonly remedy: string | undefined;

  constructor(kind: ErrorKind, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.kind = kind;
    this.remedy = details.remedy;
  }
}

/** The message of anything thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The `code` of a Node or SQLite error (`ENOENT`, `SQLITE_FULL`), or undefined. */
export function codeOf(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}
