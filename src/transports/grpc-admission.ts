import { type Metadata, ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import type { IncomingHttpHeaders } from 'node:http';
import { MAX_OTLP_CALLS_ARRIVING } from '../core/limits.js';
import type { Sender } from './access.js';
import { TOKEN_REVOKED } from './cut-short.js';
import { grpcStatus } from './grpc-status.js';
import { afterDelay } from './hold-back.js';
import { STOPPING, type Failure } from './http-reply.js';
import type { Intake } from './intake.js';
import { turnstile } from './turnstile.js';

/** A call that has its place waits no longer than this for the rest of its message, in milliseconds: others wait for the place. A client's own deadline is some 10 s. */
const ARRIVAL_MS = 60_000;

/** Who is let in, before anything of the message is received. */
export interface GrpcAdmission {
  readonly interceptor: ServerInterceptor;
  /** The sender of a call that was let in, by the metadata that its handler gets. */
  senderOf(metadata: Metadata): Sender;
  /** Calls whose messages are still arriving fail. */
  stop(): void;
}

/**
 * Creates the admission. The library gathers messages out of our sight, up to the largest each: so many of them arrive
 * at a time as memory allows, and the flow control of HTTP/2 holds the others back.
 */
export function grpcAdmission(
  { guard, counts }: Pick<Intake, 'guard' | 'counts'>,
  arrivalMs = ARRIVAL_MS,
): GrpcAdmission {
  const senders = new WeakMap<Metadata, Sender>();
  const places = turnstile(MAX_OTLP_CALLS_ARRIVING);
  const arriving = new Set<(failure: Failure) => void>();

  const interceptor: ServerInterceptor = (_method, call) => {
    let leave = (): void => undefined;
    let forgetToken = (): void => undefined;
    let timer: NodeJS.Timeout | undefined;
    let hasMessage = false;

    /** False when it was over before. */
    function end(): boolean {
      leave();
      forgetToken();
      clearTimeout(timer);
      return arriving.delete(fail);
    }

    function fail(failure: Failure): void {
      if (!end()) return;
      counts.refused(failure.reason);
      call.sendStatus(grpcStatus(failure));
    }

    function begin(metadata: Metadata, receive: () => void): void {
      const { sender, refusal } = guard.admit(headersOf(metadata), 'ingest', addressOf(call.getPeer()));
      if (!sender) {
        counts.refused(refusal.reason);
        afterDelay(refusal.delayMs, () => call.sendStatus(grpcStatus(refusal)));
        return;
      }
      senders.set(metadata, sender);
      arriving.add(fail);
      forgetToken = sender.onRevoked(() => fail(TOKEN_REVOKED));
      leave = places.enter(() => {
        timer = setTimeout(fail, arrivalMs, tooSlow(arrivalMs)).unref();
        receive();
      });
    }

    return new ServerInterceptingCall(call, {
      start(next) {
        next({
          onReceiveMetadata: (metadata, passOn) => begin(metadata, () => passOn(metadata)),
          onReceiveMessage(message, passOn) {
            hasMessage = true;
            passOn(message);
          },
          onReceiveHalfClose(passOn) {
            if (end() && !hasMessage) counts.refused('incomplete_call');
            passOn();
          },
          // Also when the library itself refused the message, which it does not say.
          onCancel() {
            if (end()) counts.refused('incomplete_call');
          },
        });
      },
    });
  };

  return {
    interceptor,
    senderOf: metadata => senders.get(metadata)!,
    stop() {
      for (const fail of arriving) fail(STOPPING);
    },
  };
}

function tooSlow(ms: number): Failure {
  return { status: 408, reason: 'idle', message: `the message did not arrive within ${ms / 1000} s` };
}

/** Metadata as headers of HTTP, a repeated one's first. */
function headersOf(metadata: Metadata): IncomingHttpHeaders {
  return metadata.getMap() as IncomingHttpHeaders;
}

/** The address of `127.0.0.1:1234` or `::1:1234`. */
export function addressOf(peer: string): string {
  return peer.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
}
