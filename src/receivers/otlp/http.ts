import type { IncomingMessage, ServerResponse } from 'node:http';
import { DecodeError, type Decoder } from '../../formats/decoder.js';
import type { OtlpEncoding } from '../../formats/otlp/decode.js';
import type { Signal } from '../../formats/otlp/messages.js';
import type { Sender } from '../auth/access.js';
import { onRequestAbort } from '../http/request-abort.js';
import { sendResponse } from '../http/send-response.js';
import { readBody, type BodyReading } from '../http/body.js';
import { asFailure, detailOf, explained, STOPPING, type Failure } from '../http/reply.js';
import { DURABILITY_HEADER, originOf, RETRY_AFTER_SECONDS, type Intake } from '../intake.js';
import type { OtlpIntake } from './intake.js';
import { exportResponse, isRetryable, rpcCode, statusMessage } from './reply.js';
import { streamDescriber } from '../http/stream-opening.js';

/** OTLP over HTTP: one POST is one request and one stream. */
export interface OtlpHttpTransport {
  handle(signal: Signal, request: IncomingMessage, response: ServerResponse, sender: Sender): void;
  /** Sends a refusal. */
  refuse(
    request: IncomingMessage,
    response: ServerResponse,
    failure: Pick<Failure, 'status' | 'message'>,
    headers?: Readonly<Record<string, string>>,
  ): void;
  /** Fails POSTs whose bodies are still arriving. */
  stop(): void;
  readonly active: number;
}

const MEDIA_TYPES: Readonly<Record<OtlpEncoding, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};

/** Creates the transport (the OTLP specification, "OTLP/HTTP"). */
export function otlpHttpTransport(intake: Intake, otlp: OtlpIntake): OtlpHttpTransport {
  const { counts, durability, idleTimeoutMs } = intake;
  const openingOf = streamDescriber('otlp-http', intake.keepHeaders);
  const open = new Set<(failure: Failure) => void>();

  function send(
    response: ServerResponse,
    encoding: OtlpEncoding,
    status: number,
    body: Uint8Array,
    headers: Readonly<Record<string, string>> = {},
  ): void {
    if (response.destroyed) return;
    sendResponse(response, status, body, {
      [DURABILITY_HEADER]: durability,
      ...(isRetryable(status) ? { 'retry-after': String(RETRY_AFTER_SECONDS) } : {}),
      ...headers,
      'content-type': MEDIA_TYPES[encoding],
    });
  }

  function refuse(
    request: IncomingMessage,
    response: ServerResponse,
    { status, message }: Pick<Failure, 'status' | 'message'>,
    headers: Readonly<Record<string, string>> = {},
  ): void {
    const encoding = encodingOf(request.headers['content-type']) ?? 'json';
    send(response, encoding, status, statusMessage(encoding, { code: rpcCode(status), message }), headers);
  }

  function handle(signal: Signal, request: IncomingMessage, response: ServerResponse, sender: Sender): void {
    const body = otlp.bodies.open(lengthOf(request));
    let reading: BodyReading | undefined;
    let hasEnded = false;

    function fail(failure: Failure): void {
      if (hasEnded) return;
      end();
      body.release();
      counts.refused(failure.reason, 1, detailOf(request, failure));
      refuse(request, response, { ...failure, message: explained(failure) });
    }

    function end(): void {
      hasEnded = true;
      open.delete(fail);
      forgetToken();
      reading?.stop();
    }

    async function complete(encoding: OtlpEncoding): Promise<void> {
      end();
      const [opening, origin] = [openingOf(request), originOf(request)];
      const { failure, ...stored } = await otlp.take({ signal, encoding, body, opening, origin, sender });
      if (failure) refuse(request, response, { ...failure, message: explained(failure) });
      else if ('rejections' in stored)
        send(response, encoding, 200, exportResponse(signal, encoding, stored.rejections));
    }

    /** Buffers the body, which is decoded once it is complete. */
    const buffering: Decoder = {
      write(chunk) {
        const failure = body.add(chunk);
        if (failure) fail(failure);
      },
      end: () => undefined,
    };

    open.add(fail);
    const forgetToken = onRequestAbort({ request, sender, idleTimeoutMs, reading: () => reading, fail });
    try {
      const type = request.headers['content-type'];
      const encoding = encodingOf(type);
      if (!encoding) throw unknownMedia(type);
      reading = readBody(request, buffering, intake, sender.allowance, bodyEnd => {
        if (bodyEnd instanceof Error) fail(asFailure(bodyEnd));
        else if (bodyEnd === 'complete') void complete(encoding);
      });
    } catch (error) {
      fail(asFailure(error));
    }
  }

  return {
    handle,
    refuse,
    stop() {
      for (const fail of open) fail(STOPPING);
    },
    get active() {
      return open.size;
    },
  };
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
