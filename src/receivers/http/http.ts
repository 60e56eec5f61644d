import type { IncomingMessage, ServerResponse } from 'node:http';
import { IntegerMap } from '../../core/integer-map.js';
import type { Sender } from '../auth/access.js';
import type { Intake } from '../intake.js';
import { bufferedRequests } from './buffered-request.js';
import { eventStreamFormat, type PostFormat } from './post-formats.js';
import { Post } from './post.js';
import { STOPPING } from './reply.js';
import { streamDescriber } from './stream-opening.js';

/** The HTTP transport: one POST is one stream. */
export class HttpTransport {
  readonly #intake: Intake;
  readonly #openingOf: ReturnType<typeof streamDescriber>;
  readonly #bufferedRequest = bufferedRequests();
  readonly #eventStream = eventStreamFormat();
  readonly #posts = new IntegerMap<Post>();

  constructor(intake: Intake) {
    this.#intake = intake;
    this.#openingOf = streamDescriber('http', intake.keepHeaders);
  }

  /** The number of open POSTs. */
  get active(): number {
    return this.#posts.size;
  }

  /** @param format of the body; by default a stream of events */
  handle(
    request: IncomingMessage,
    response: ServerResponse,
    sender: Sender,
    format: PostFormat = this.#eventStream,
  ): void {
    const post = new Post(this.#intake, {
      request,
      response,
      sender,
      format,
      opening: this.#openingOf(request),
      bufferedRequest: this.#bufferedRequest,
      onClosed: () => this.#posts.delete(post.id),
    });
    this.#posts.set(post.id, post);
    post.start();
  }

  /** Ends open POSTs: commits the received events, and replies with their number. */
  stop(): void {
    for (const post of this.#posts.values()) post.fail(STOPPING);
  }
}
