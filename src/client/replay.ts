/** Size of the part of a stream that is kept for a retry: past it, a refusal is final. A few thousand events. */
const REPLAY_BYTES = 1024 * 1024;

/** A request body: complete or streamed. */
export type Body = string | Uint8Array | AsyncIterable<string | Uint8Array>;

/** A body that can be read from its beginning while it is short. */
export interface Replay {
  /** Starts at the beginning and ends the previous iteration. */
  chunks(): AsyncGenerator<string | Uint8Array>;
  /** True while `chunks` can start at the beginning. */
  readonly whole: boolean;
}

/** Keeps the first bytes of a stream for another attempt. */
export function replayable(body: Body): Replay {
  const source = typeof body === 'string' || body instanceof Uint8Array ? once(body) : body[Symbol.asyncIterator]();
  const kept: (string | Uint8Array)[] = [];
  let keptBytes = 0;
  let whole = true;
  let reading = 0;
  let pending: Promise<IteratorResult<string | Uint8Array>> | undefined;

  async function* chunks(): AsyncGenerator<string | Uint8Array> {
    const mine = ++reading;
    for (const chunk of [...kept]) yield chunk;
    while (mine === reading) {
      // An abandoned attempt may still wait for the source: the next one takes its chunk.
      const next = await (pending ??= source.next());
      if (mine !== reading) return;
      if (next.done) return;
      pending = undefined;
      keep(next.value);
      yield next.value;
    }
  }

  function keep(chunk: string | Uint8Array): void {
    if (!whole) return;
    keptBytes += chunk.length;
    if (typeof body === 'string' || body instanceof Uint8Array || keptBytes <= REPLAY_BYTES) {
      kept.push(chunk);
    } else {
      whole = false;
      kept.length = 0;
    }
  }

  return {
    chunks,
    get whole() {
      return whole;
    },
  };
}

async function* once(body: string | Uint8Array): AsyncGenerator<string | Uint8Array> {
  yield await Promise.resolve(body);
}
