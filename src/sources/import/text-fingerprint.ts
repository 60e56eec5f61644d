import { FingerprintBuilder, textFingerprint, type Fingerprint } from '../shared/fingerprint.js';
import type { Input } from '../shared/input.js';

/** A text that is read once, with the fingerprint of its beginning. */
export interface TextFingerprint {
  /** As those of the input; the first call also feeds the fingerprint. */
  readonly chunks: Input['chunks'];
  /** Of the first bytes of the text, at most those read. */
  fingerprintAt(bytes: number): Promise<Fingerprint>;
  /** Bytes read. */
  readonly read: number;
}

/** Fingerprints a text without random access, such as a compressed one. Keeps what was read until it is taken. */
export function fingerprintText({ chunks }: Input): TextFingerprint {
  const builder = new FingerprintBuilder();
  const waiting: Buffer[] = [];
  let isFollowed = false;
  let read = 0;

  function advance(to: number): void {
    for (let chunk; builder.bytes < to && (chunk = waiting.shift());) {
      const taken = chunk.subarray(0, to - builder.bytes);
      builder.add(taken);
      if (taken.length < chunk.length) waiting.unshift(chunk.subarray(taken.length));
    }
  }

  async function* follow(from: number, signal: AbortSignal): AsyncGenerator<Buffer> {
    for await (const chunk of chunks(0, signal)) {
      waiting.push(chunk);
      const left = from - read;
      read += chunk.length;
      if (read <= from) advance(read);
      else yield left > 0 ? chunk.subarray(left) : chunk;
    }
  }

  return {
    chunks(from, signal) {
      if (isFollowed) return chunks(from, signal);
      isFollowed = true;
      return follow(from, signal);
    },
    get read() {
      return read;
    },
    async fingerprintAt(bytes) {
      if (bytes < builder.bytes) return textFingerprint(chunks(0, new AbortController().signal), bytes);
      advance(bytes);
      return builder.fingerprint();
    },
  };
}
