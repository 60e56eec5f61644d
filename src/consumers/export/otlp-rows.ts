import type { Row } from '../../core/result.js';
import type { EventToEncode } from '../../formats/otlp/encode/requests.js';

/** The columns that {@link eventOfRow} takes, as a list in SQL. */
export const OTLP_COLUMNS = `"type", "name", severity, message, service, trace_id, span_id, parent_span_id, duration_ms,
  epoch_us("time") as micros, payload::varchar as payload`;

/** The event of a row of {@link OTLP_COLUMNS}. */
export function eventOfRow(row: Row): EventToEncode {
  const [type, name, severity, message, service, traceId, spanId, parentSpanId, durationMs, micros, payload] = row;
  return {
    type: type!,
    name: name!,
    severity: severity!,
    message: message!,
    service: service!,
    traceId: traceId!,
    spanId: spanId!,
    parentSpanId: parentSpanId!,
    durationMs: durationMs!,
    time: BigInt(micros!),
    payload: Buffer.from(payload!),
  };
}
