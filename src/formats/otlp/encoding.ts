import type { DecodeError } from '../decoder.js';
import type { Signal } from './messages.js';

/** The encodings of OTLP: binary protobuf, and JSON as the specification maps it. */
export type OtlpEncoding = 'protobuf' | 'json';

/** A request in protobuf, in which all are read. */
export interface ReadableRequest {
  readonly signal: Signal;
  /** In which it came. */
  readonly encoding: OtlpEncoding;
  readonly bytes: Uint8Array;
  /** Records that were left out while it was made protobuf. */
  readonly refused: Refused;
}

/** Records that cannot be read. */
export interface Refused {
  /** Of metrics, their data points. */
  readonly count: number;
  /** The reason of the first. */
  readonly first: DecodeError | undefined;
}
