import type { DecodeError } from '../decoder.js';
import type { Signal } from './messages.js';

/** The encodings of OTLP: binary protobuf, and JSON as the specification maps it. */
export type OtlpEncoding = 'protobuf' | 'json';

/** A request as protobuf, the form that all are read in. */
export interface ReadableRequest {
  readonly signal: Signal;
  /** The encoding of the body received. */
  readonly encoding: OtlpEncoding;
  readonly bytes: Uint8Array;
  /** Records left out while JSON was converted to protobuf. */
  readonly refused: Refused;
}

/** Unreadable records. */
export interface Refused {
  /** Their number; for metrics, of data points. */
  readonly count: number;
  /** The error of the first. */
  readonly first: DecodeError | undefined;
}
