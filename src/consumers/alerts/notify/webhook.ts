import type { lookup as systemLookup } from 'node:dns';
import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { isIP } from 'node:net';
import { messageOf } from '../../../core/errors.js';
import { DeliveryError } from './delivery-error.js';
import { isPrivateAddress, privateTarget, publicLookup } from './private-address.js';

/** A receiver that takes longer than this to answer gets the notification again, in milliseconds. */
const TIMEOUT_MS = 10_000;

/** Statuses of a receiver that may take the notification later. */
const PASSING = new Set([408, 425, 429]);

/** A POST of JSON. */
export interface WebhookPost {
  readonly url: string;
  readonly body: unknown;
  /** Sent as Idempotency-Key. */
  readonly key: string;
  readonly mayBePrivate: boolean;
  readonly signal: AbortSignal;
  /** The lookup of names; by default that of the system. */
  readonly lookup?: typeof systemLookup;
}

/**
 * Posts JSON. Follows no redirect: it could lead to an address that was not checked.
 * @returns the status, such as `200`.
 * @throws DeliveryError for any answer but 2xx, and for none.
 */
export async function postWebhook({ url, body, key, mayBePrivate, signal, lookup }: WebhookPost): Promise<string> {
  const target = new URL(url);
  const host = target.hostname.replace(/^\[|\]$/g, '');
  if (!mayBePrivate && isIP(host) !== 0 && isPrivateAddress(host)) throw privateTarget(host, host);
  const text = Buffer.from(JSON.stringify(body));
  const send = target.protocol === 'https:' ? tlsRequest : plainRequest;
  return new Promise((resolve, reject) => {
    const request = send(target, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'content-length': text.length,
        'user-agent': 'telemetry-alert',
        'idempotency-key': key,
      },
      // A connection that is kept could lead to an address of an earlier check.
      agent: false,
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      ...(!mayBePrivate && { lookup: publicLookup(lookup) }),
    });
    request.on('error', error => reject(failureOf(error, host)));
    request.on('response', response => {
      // The reason is the status: bodies may hold anything.
      response.resume();
      const status = response.statusCode ?? 0;
      if (status >= 200 && status < 300) resolve(String(status));
      else reject(refusalOf(status, response.headers['retry-after']));
    });
    request.end(text);
  });
}

function failureOf(error: Error, host: string): DeliveryError {
  if (error instanceof DeliveryError) return error;
  const isTimeout = error.name === 'TimeoutError' || (error.cause as Error | undefined)?.name === 'TimeoutError';
  return new DeliveryError(isTimeout ? `${host} did not answer within ${TIMEOUT_MS / 1000} s` : messageOf(error));
}

function refusalOf(status: number, retryAfter: string | undefined): DeliveryError {
  const isPermanent = status < 500 && !PASSING.has(status);
  const redirect = status >= 300 && status < 400 ? ', a redirect, which is not followed' : '';
  const seconds = Number(retryAfter);
  return new DeliveryError(`the receiver answered ${status}${redirect}`, {
    isPermanent,
    retryAfterMs: Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined,
  });
}
