/** Where senders of OTLP send, or mean to: an exporter that is given `/v1/traces` as its base adds the same again. */
const OTLP_PATH = /^\/v1\/(?:traces|logs|metrics)(?:\/|$)/;

/** True for a path whose senders read no replies but those of OTLP. */
export function isOtlpPath(path: string): boolean {
  return OTLP_PATH.test(path);
}
