/** A span as it is stored. Times are milliseconds since the base of its {@link TraceRecords}. */
export interface SpanRecord {
  /** The id of its event. */
  readonly eventId: number;
  readonly spanId: string | undefined;
  readonly parentId: string | undefined;
  /** Empty where the event names none. */
  readonly service: string;
  readonly name: string;
  /** OpenTelemetry's kind, such as `SERVER`; undefined where the event has none. */
  readonly kind: string | undefined;
  readonly status: string | undefined;
  readonly isError: boolean;
  readonly startMs: number;
  /** Undefined for a span without an end. */
  readonly durationMs: number | undefined;
  /** False where the condition of the caller is not true for the event. */
  readonly matches: boolean;
}

/** An event of a trace that is not a span: a log, as a rule. */
export interface LogRecord {
  readonly eventId: number;
  readonly spanId: string | undefined;
  readonly type: string;
  readonly service: string;
  readonly severity: string | undefined;
  readonly message: string;
  readonly timeMs: number;
}

/** All events of one trace. */
export interface TraceRecords {
  readonly traceId: string;
  /** Nanoseconds since 1970: the time that the milliseconds of the records count from. */
  readonly baseNs: bigint;
  readonly spans: readonly SpanRecord[];
  readonly logs: readonly LogRecord[];
}
