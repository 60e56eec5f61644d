/**
 * Headers whose values are stored as they come: those that HTTP, WebSocket, gRPC, browsers and proxies define without
 * credentials, and common names for the request and its origin. Everything else may hold a key of some vendor, and is
 * stored as `***`; `--keep-header` names further ones.
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
  // Browsers; a referer without its query
  ...['dnt', 'origin', 'referer', 'sec-fetch-dest', 'sec-fetch-mode', 'sec-fetch-site', 'sec-fetch-user', 'sec-gpc'],
  ...['sec-ch-ua', 'sec-ch-ua-mobile', 'sec-ch-ua-platform', 'upgrade-insecure-requests', 'x-requested-with'],
  // WebSocket; its subprotocol may be a token
  ...['sec-websocket-extensions', 'sec-websocket-key', 'sec-websocket-version'],
  // gRPC
  ...['grpc-accept-encoding', 'grpc-encoding', 'grpc-timeout'],
  // Proxies
  ...['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-port', 'x-forwarded-proto', 'x-real-ip'],
  // Traces and ids of requests
  ...['traceparent', 'b3', 'x-b3-traceid', 'x-b3-spanid', 'x-b3-parentspanid', 'x-b3-sampled', 'x-b3-flags'],
  ...['x-amzn-trace-id', 'x-cloud-trace-context', 'x-correlation-id', 'x-request-id', 'request-id'],
  // What a sender says of itself
  ...['x-client', 'x-source', 'x-tag', 'x-tenant', 'x-prometheus-remote-write-version'],
  ...['telemetry-feed', 'telemetry-feed-position', 'telemetry-feed-checkpoint'],
]);

/** What decides on a header by its name in lower case. @param kept more names, in lower case */
export function harmlessHeaders(kept: readonly string[] = []): (name: string) => boolean {
  const more = new Set(kept);
  return name => HARMLESS.has(name) || more.has(name);
}
