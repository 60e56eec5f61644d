import type { Signal } from '../../../../formats/otlp/messages.js';
import type { PartialSuccess } from '../../../../formats/otlp/export-replies.js';

/** The receiver's response to a successful request. */
export interface Exported extends PartialSuccess {
  /** Bytes sent, after compression. */
  readonly bytes: number;
}

/** A request in OTLP/JSON. */
export interface ExportRequest {
  readonly signal: Signal;
  readonly json: string;
  /** The stores that its events have passed, this one included: see `FORWARD_HEADERS`. */
  readonly origin: string;
}

/** The id of the store that a reply names as `ID:EPOCH`; undefined for another value. */
export function peerIn(value: unknown): string | undefined {
  return typeof value === 'string' ? /^[\da-f]+(?=:)/.exec(value)?.[0] : undefined;
}

/** Sends requests to an OTLP receiver. */
export interface Exporter {
  /** For `remote test`. */
  readonly description: string;
  /** The id of the store at the other end, as its last reply named it; undefined for another receiver. */
  readonly peer: string | undefined;
  /**
   * Sends a request, given as OTLP/JSON. Resolves once the receiver has accepted it.
   * @throws RefusedBatch when it refuses the content, RemoteBusy when it asks for a retry, TelemetryError `failure`.
   */
  send(request: ExportRequest, abort: AbortSignal): Promise<Exported>;
  close(): void;
}
