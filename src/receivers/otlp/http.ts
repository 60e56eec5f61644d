import type { IncomingMessage, ServerResponse } from 'node:http';
import { IntegerMap } from '../../core/integer-map.js';
import { DecodeError, type Decoder } from '../../formats/decoder.js';
import type { OtlpEncoding } from '../../formats/otlp/decode.js';
import type { Signal } from '../../formats/otlp/messages.js';
import type { Sender } from '../auth/access.js';
import { onRequestAbort } from '../http/request-abort.js';
import { identityHeaders, openingWithOrigin } from '../http/source-request.js';
import { sendResponse } from '../http/send-response.js';
import { readBody, type BodyReading } from '../http/body.js';
import { asFailure, detailOf, explained, STOPPING, type Failure } from '../http/reply.js';
import { DURABILITY_HEADER, originOf, RETRY_AFTER_SECONDS, type Intake } from '../intake.js';
import type { BodyBuffer } from './body.js';
import type { OtlpIntake } from './intake.js';
import { exportResponse, isRetryable, rpcCode, statusMessage } from './reply.js';
import { streamDescriber } from '../http/stream-opening.js';

const MEDIA_TYPES: Readonly<Record<OtlpEncoding, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};

/** A refusal of a request. */
type Refused = Pick<Failure, 'status' | 'message'>;

type Headers = Readonly<Record<string, string>>;

/** OTLP over HTTP (the OTLP specification, "OTLP/HTTP"): one POST is one request and one stream. */
export class OtlpHttpTransport {
  readonly #intake: Intake;
  readonly #otlp: OtlpIntake;
  readonly #openingOf: ReturnType<typeof streamDescriber>;
  readonly #posts = new IntegerMap<OtlpPost>();
  #nextPost = 0;

  constructor(intake: Intake, otlp: OtlpIntake) {
    this.#intake = intake;
    this.#otlp = otlp;
    this.#openingOf = streamDescriber('otlp-http', intake.keepHeaders);
  }

  /** The number of POSTs whose bodies are still arriving. */
  get active(): number {
    return this.#posts.size;
  }

  handle(signal: Signal, request: IncomingMessage, response: ServerResponse, sender: Sender): void {
    const number = this.#nextPost++;
    const post = new OtlpPost(this.#intake, {
      request,
      sender,
      body: this.#otlp.bodies.open(lengthOf(request)),
      onEnd: () => this.#posts.delete(number),
      onFailed: failure => this.refuse(request, response, { ...failure, message: explained(failure) }),
      onComplete: (body, encoding) => void this.#take({ signal, request, response, sender, body, encoding }),
    });
    this.#posts.set(number, post);
    post.start();
  }

  /** Sends a refusal. */
  refuse(
    request: IncomingMessage,
    response: ServerResponse,
    { status, message }: Refused,
    headers: Headers = {},
  ): void {
    const encoding = encodingOf(request.headers['content-type']) ?? 'json';
    this.#send(response, encoding, status, statusMessage(encoding, { code: rpcCode(status), message }), headers);
  }

  /** Fails POSTs whose bodies are still arriving. */
  stop(): void {
    for (const post of this.#posts.values()) post.fail(STOPPING);
  }

  /** Stores a complete request and replies. */
  async #take({ signal, request, response, sender, body, encoding }: Complete): Promise<void> {
    const [opening, origin] = [openingWithOrigin(this.#openingOf(request), request.headers), originOf(request)];
    const { failure, ...stored } = await this.#otlp.take({ signal, encoding, body, opening, origin, sender });
    if (failure) this.refuse(request, response, { ...failure, message: explained(failure) });
    else if ('rejections' in stored) {
      const headers = identityHeaders(request.headers, this.#intake);
      this.#send(response, encoding, 200, exportResponse(signal, encoding, stored.rejections), headers);
    }
  }

  #send(
    response: ServerResponse,
    encoding: OtlpEncoding,
    status: number,
    body: Uint8Array,
    headers: Headers = {},
  ): void {
    if (response.destroyed) return;
    sendResponse(response, status, body, {
      [DURABILITY_HEADER]: this.#intake.durability,
      ...(isRetryable(status) ? { 'retry-after': String(RETRY_AFTER_SECONDS) } : {}),
      ...headers,
      'content-type': MEDIA_TYPES[encoding],
    });
  }
}

/** A request whose body has arrived. */
interface Complete {
  readonly signal: Signal;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly sender: Sender;
  readonly body: BodyBuffer;
  readonly encoding: OtlpEncoding;
}

interface OtlpPostParts {
  readonly request: IncomingMessage;
  readonly sender: Sender;
  readonly body: BodyBuffer;
  /** Called once, before `onFailed` or `onComplete`. */
  readonly onEnd: () => void;
  readonly onFailed: (failure: Failure) => void;
  /** @param body is the callee's to release */
  readonly onComplete: (body: BodyBuffer, encoding: OtlpEncoding) => void;
}

/** A POST whose body is arriving: it is buffered, since a request is decoded once it is complete. */
class OtlpPost {
  readonly #intake: Intake;
  readonly #parts: OtlpPostParts;
  readonly #forgetToken: () => void;
  #reading: BodyReading | undefined;
  #hasEnded = false;

  constructor(intake: Intake, parts: OtlpPostParts) {
    const { request, sender } = parts;
    const { idleTimeoutMs } = intake;
    this.#intake = intake;
    this.#parts = parts;
    this.#forgetToken = onRequestAbort({
      request,
      sender,
      idleTimeoutMs,
      reading: () => this.#reading,
      fail: failure => this.fail(failure),
    });
  }

  /** Starts reading the body. */
  start(): void {
    const { request, sender, body, onComplete } = this.#parts;
    const buffering: Decoder = {
      write: chunk => {
        const failure = body.add(chunk);
        if (failure) this.fail(failure);
      },
      end: () => undefined,
    };
    try {
      const type = request.headers['content-type'];
      const encoding = encodingOf(type);
      if (!encoding) throw unknownMedia(type);
      this.#reading = readBody(request, buffering, this.#intake, sender.allowance, bodyEnd => {
        if (bodyEnd instanceof Error) this.fail(asFailure(bodyEnd));
        else if (bodyEnd === 'complete') {
          this.#end();
          onComplete(body, encoding);
        }
      });
    } catch (error) {
      this.fail(asFailure(error));
    }
  }

  fail(failure: Failure): void {
    if (this.#hasEnded) return;
    const { request, body, onFailed } = this.#parts;
    this.#end();
    body.release();
    this.#intake.counts.refused(failure.reason, 1, detailOf(request, failure));
    onFailed(failure);
  }

  #end(): void {
    this.#hasEnded = true;
    this.#parts.onEnd();
    this.#forgetToken();
    this.#reading?.stop();
  }
}

function encodingOf(contentType: string | undefined): OtlpEncoding | undefined {
  const type = contentType?.split(';', 1)[0]!.trim().toLowerCase();
  if (type === MEDIA_TYPES.json) return 'json';
  return type === MEDIA_TYPES.protobuf || type === 'application/protobuf' ? 'protobuf' : undefined;
}

/** The announced length of the body; undefined if unknown or compressed. */
function lengthOf({ headers }: IncomingMessage): number | undefined {
  const { 'content-length': length, 'content-encoding': encoding } = headers;
  return length === undefined || encoding !== undefined ? undefined : Number(length);
}

function unknownMedia(type: string | undefined): DecodeError {
  const what = type === undefined ? 'a request without a Content-Type' : `Content-Type "${type}"`;
  return new DecodeError('unsupported_media', `${what} is not OTLP; send ${Object.values(MEDIA_TYPES).join(' or ')}`);
}
