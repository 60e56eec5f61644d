import type { Duplex, Readable } from 'node:stream';
import { DecodeError } from '../../formats/decoder.js';
import { checkInflation, inflaters } from '../../formats/compression/inflate.js';
import { asFailure, type Failure } from '../http/reply.js';
import type { BodyBuffer, BodyBuffers } from './body.js';

/** The prefix of a message: a compression flag, and the length in four bytes (gRPC over HTTP/2, "Length-Prefixed-Message"). */
const PREFIX_BYTES = 5;

const NOTHING = new Uint8Array(0);

/** Supported values of `grpc-encoding`, in order of preference. */
export const GRPC_ENCODINGS = ['zstd', 'gzip', 'deflate', 'identity'] as const;

/** The result of reading a message. */
export type MessageEnd = { readonly body: BodyBuffer } | { readonly failure: Failure };

/** The source of a message. */
export interface MessageSource {
  readonly stream: Readable;
  /** The value of `grpc-encoding`. */
  readonly encoding: string | undefined;
  /** The buffers for the message. */
  readonly bodies: BodyBuffers;
  /** Called for received bytes, before decompression. */
  readonly onBytes: (count: number) => void;
}

/**
 * Reads the message of a unary call and decompresses it while it arrives. Calls `onEnd` once: with the body, which the
 * caller releases, or with a failure. Applies back-pressure while decompressing.
 */
export class GrpcMessageReader {
  readonly #source: MessageSource;
  readonly #onEnd: (end: MessageEnd) => void;
  readonly #prefix = Buffer.alloc(PREFIX_BYTES);
  #prefixLength = 0;
  /** Bytes of the message that have not arrived yet, according to its prefix. */
  #missing = 0;
  #body: BodyBuffer | undefined;
  #stages: readonly Duplex[] = [];
  #compressed = 0;
  #inflated = 0;
  #hasEnded = false;

  constructor(source: MessageSource, onEnd: (end: MessageEnd) => void) {
    this.#source = source;
    this.#onEnd = onEnd;
  }

  /** Starts reading. */
  start(): void {
    const { stream } = this.#source;
    stream.on('data', (chunk: Buffer) => this.#guard(() => this.#take(chunk)));
    stream.once('end', () => this.#guard(() => this.#close()));
  }

  /** Stops reading without calling `onEnd`. */
  stop(): void {
    this.#hasEnded = true;
    for (const stage of this.#stages) stage.destroy();
    this.#body?.release();
    this.#body = undefined;
  }

  #guard(act: () => void): void {
    if (this.#hasEnded) return;
    try {
      act();
    } catch (error) {
      this.#fail(asFailure(error));
    }
  }

  #fail(failure: Failure): void {
    if (this.#hasEnded) return;
    this.stop();
    this.#onEnd({ failure });
  }

  #take(chunk: Buffer): void {
    this.#source.onBytes(chunk.length);
    let message = chunk;
    if (!this.#body) {
      const copied = chunk.copy(this.#prefix, this.#prefixLength);
      this.#prefixLength += copied;
      if (this.#prefixLength < PREFIX_BYTES) return;
      this.#begin();
      if (this.#hasEnded) return;
      message = chunk.subarray(copied);
    }
    if (message.length > this.#missing) {
      this.#fail(incomplete('the call has more than one message'));
      return;
    }
    this.#missing -= message.length;
    const [first] = this.#stages;
    if (!first) this.#keep(message);
    else if (message.length > 0) this.#inflate(first, message);
  }

  /** Parses the prefix, and refuses an oversized message before buffering it. */
  #begin(): void {
    const { bodies, encoding = 'identity' } = this.#source;
    const [flag] = this.#prefix;
    this.#missing = this.#prefix.readUInt32BE(1);
    this.#body = bodies.open(flag === 0 ? this.#missing : undefined);
    const tooLarge = bodies.open(this.#missing).add(NOTHING);
    if (tooLarge) this.#fail(tooLarge);
    else if (flag === 1) this.#stages = this.#inflatersOf(encoding);
    else if (flag !== 0) throw new DecodeError('cannot_decompress', `the flag of the message is ${flag}, not 0 or 1`);
  }

  #inflatersOf(encoding: string): readonly Duplex[] {
    const known = GRPC_ENCODINGS.find(name => name === encoding);
    if (known === 'identity') {
      throw new DecodeError(
        'cannot_decompress',
        'the message is flagged as compressed, but grpc-encoding is missing or identity',
      );
    }
    if (known === undefined) {
      const usable = GRPC_ENCODINGS.slice(0, -1).join(', ');
      throw new DecodeError('unsupported_media', `grpc-encoding "${encoding}" is not supported; send one of ${usable}`);
    }
    const stages = inflaters(known);
    for (const stage of stages) {
      stage.on('error', error => {
        this.#fail(
          asFailure(new DecodeError('cannot_decompress', `the message cannot be decompressed: ${error.message}`)),
        );
      });
    }
    stages.at(-1)!.on('data', (chunk: Buffer) =>
      this.#guard(() => {
        checkInflation(this.#compressed, (this.#inflated += chunk.length));
        this.#keep(chunk);
      }),
    );
    return stages;
  }

  #keep(chunk: Buffer): void {
    const failure = this.#body!.add(chunk);
    if (failure) this.#fail(failure);
  }

  #inflate(stage: Duplex, chunk: Buffer): void {
    this.#compressed += chunk.length;
    if (stage.write(chunk)) return;
    this.#source.stream.pause();
    stage.once('drain', () => this.#source.stream.resume());
  }

  /** Handles the end of the stream. */
  #close(): void {
    if (!this.#body || this.#missing > 0) {
      this.#fail(incomplete('the call ended without a whole message'));
      return;
    }
    const [first] = this.#stages;
    if (!first) {
      this.#succeed();
      return;
    }
    this.#stages.at(-1)!.once('end', () => this.#guard(() => this.#succeed()));
    first.end();
  }

  #succeed(): void {
    this.#hasEnded = true;
    this.#onEnd({ body: this.#body! });
  }
}

/** The failure of a call without exactly one message. */
function incomplete(message: string): Failure {
  return { status: 400, reason: 'incomplete_call', message };
}
