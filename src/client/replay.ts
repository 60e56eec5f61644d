/** How much of a stream is kept so that it can be sent again: past it, a refusal is final. A few thousand events. */
const REPLAY_BYTES = 1024 * 1024;

/** What is sent: all at once, or as it comes. */
export type Body = string | Uint8Array | AsyncIterable<string | Uint8Array>;

/** A body that can be read from its beginning as long as it is short. */
export interface Replay {
  /** From the beginning; ends the reading that was under way. */
  chunks(): AsyncGenerator<string | Uint8Array>;
  /** Whether `chunks` can still begin at the beginning. */
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
      // An attempt that was given up may still wait for the source: its successor takes the chunk.
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
