/**
 * Headers whose values are stored: those of HTTP, WebSocket, gRPC, browsers and proxies that never hold credentials, and
 * common names for the request and its origin. Any other header may hold a vendor's key, and its value is stored as
 * `***`; `--keep-header` adds names.
 */
const HARMLESS = new Set([
  // RFC 9110, RFC 9111, RFC 9112
  ...['accept', 'accept-charset', 'accept-encoding', 'accept-language', 'cache-control', 'connection'],
  ...['content-encoding', 'content-language', 'content-length', 'content-type', 'date', 'expect', 'host', 'keep-alive'],
  ...[
    'max-forwards',
    'pragma',
    'priority',
    'range',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
    'user-agent',
    'via',
  ],
  // Browsers; the query of a referer is hidden
  ...['dnt', 'origin', 'referer', 'sec-fetch-dest', 'sec-fetch-mode', 'sec-fetch-site', 'sec-fetch-user', 'sec-gpc'],
  ...['sec-ch-ua', 'sec-ch-ua-mobile', 'sec-ch-ua-platform', 'upgrade-insecure-requests', 'x-requested-with'],
  // WebSocket; without the subprotocol, which may be a token
  ...['sec-websocket-extensions', 'sec-websocket-key', 'sec-websocket-version'],
  // gRPC
  ...['grpc-accept-encoding', 'grpc-encoding', 'grpc-timeout'],
  // Proxies
  ...['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-port', 'x-forwarded-proto', 'x-real-ip'],
  // Traces and ids of requests
  ...['traceparent', 'b3', 'x-b3-traceid', 'x-b3-spanid', 'x-b3-parentspanid', 'x-b3-sampled', 'x-b3-flags'],
  ...['x-amzn-trace-id', 'x-cloud-trace-context', 'x-correlation-id', 'x-request-id', 'request-id'],
  // Descriptions of the sender
  ...['x-client', 'x-source', 'x-tag', 'x-tenant', 'x-prometheus-remote-write-version'],
  ...['telemetry-feed', 'telemetry-feed-position', 'telemetry-feed-checkpoint'],
  ...['telemetry-feed-numbers', 'telemetry-feed-binary', 'telemetry-origin', 'telemetry-store'],
]);

/** Returns a predicate for header names in lower case. @param kept further names, in lower case */
export function harmlessHeaders(kept: readonly string[] = []): (name: string) => boolean {
  const more = new Set(kept);
  return name => HARMLESS.has(name) || more.has(name);
}
