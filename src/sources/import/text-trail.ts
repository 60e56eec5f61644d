import { createTrail, textEvidence, type Evidence } from '../shared/fingerprint.js';
import type { Input } from '../shared/input.js';

/** The text of an input that is read once, and what is known of how much of it was taken. */
export interface TextTrail {
  /** As those of the input; they are followed the first time they are asked for. */
  readonly chunks: Input['chunks'];
  /** Of the first bytes of the text, no more than were read. */
  evidenceAt(bytes: number): Promise<Evidence>;
  /** Bytes read. */
  readonly read: number;
}

/** Follows a text that cannot be looked at in the middle, such as a compressed one. What was read is held until it is taken. */
export function followText({ chunks }: Input): TextTrail {
  const trail = createTrail();
  const waiting: Buffer[] = [];
  let isFollowed = false;
  let read = 0;

  function advance(to: number): void {
    for (let chunk; trail.bytes < to && (chunk = waiting.shift());) {
      const taken = chunk.subarray(0, to - trail.bytes);
      trail.add(taken);
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
    async evidenceAt(bytes) {
      if (bytes < trail.bytes) return textEvidence(chunks(0, new AbortController().signal), bytes);
      advance(bytes);
      return trail.evidence();
    },
  };
}
