import { eventTexts } from '../lib/events.mjs';
import { logsProtobuf, logsRequest } from '../lib/otlp.mjs';

/** So many different events are sent, over and over. */
const DIFFERENT_EVENTS = 100_000;

/** Different requests of OTLP: they are costly to make. */
const DIFFERENT_OTLP_REQUESTS = 20;

/**
 * Whole HTTP requests as bytes, made before any is sent: { bytes, events, reply }.
 * @param format `ndjson`, `otlp-protobuf` or `otlp-json`
 * @param path of NDJSON
 * @param reply to each post of NDJSON; by default the number of its events
 */
export function prebuiltRequests({ port, eventsPerPost, format = 'ndjson', path, reply }) {
  if (format !== 'ndjson') return otlpRequests(port, eventsPerPost, format);
  const texts = eventTexts(Math.min(DIFFERENT_EVENTS, eventsPerPost * 1000));
  const requests = [];
  for (let from = 0; from < texts.length; from += eventsPerPost) {
    const chosen = texts.slice(from, from + eventsPerPost);
    requests.push({
      bytes: requestOf(port, chosen.join('\n') + '\n', path),
      events: chosen.length,
      reply: reply ?? String(chosen.length),
    });
  }
  return requests;
}

function otlpRequests(port, records, format) {
  return Array.from({ length: DIFFERENT_OTLP_REQUESTS }, (_, seed) => {
    const request = logsRequest(records, seed);
    const bytes =
      format === 'otlp-json'
        ? requestOf(port, JSON.stringify(request), '/v1/logs', 'application/json')
        : requestOf(port, logsProtobuf(request), '/v1/logs', 'application/x-protobuf');
    return { bytes, events: records, reply: format === 'otlp-json' ? '{}' : '' };
  });
}

/** One POST, of NDJSON unless said otherwise. */
export function requestOf(port, body, path = '/', type = 'application/x-ndjson') {
  const bytes = Buffer.from(body);
  const head =
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n` +
    `Content-Type: ${type}\r\nContent-Length: ${bytes.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), bytes]);
}
