/** The paths of OTLP, and misconfigured ones: an exporter with the base `/v1/traces` appends the same again. */
const OTLP_PATH = /^\/v1\/(?:traces|logs|metrics)(?:\/|$)/;

/** True for a path whose senders can only read OTLP replies. */
export function isOtlpPath(path: string): boolean {
  return OTLP_PATH.test(path);
}
