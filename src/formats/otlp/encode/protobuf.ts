import { jsonNames } from '../json-names.js';
import { jsonToProtobuf } from '../json-to-protobuf.js';
import type { Signal } from '../messages.js';
import { protobufWriter } from '../protobuf-writer.js';

/** Writes encoded requests as protobuf. */
export class ProtobufRequests {
  readonly #namesOf = jsonNames();
  readonly #writer = protobufWriter();

  /** @param json a request as `OtlpRequests` encodes it. The bytes are valid until the next call. */
  write(signal: Signal, json: string): Uint8Array {
    return jsonToProtobuf(signal, Buffer.from(json), this.#namesOf, this.#writer).bytes;
  }
}
