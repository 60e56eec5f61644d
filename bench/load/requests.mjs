import { eventTexts } from '../lib/events.mjs';

/** So many different events are sent, over and over. */
const DIFFERENT_EVENTS = 100_000;

/** Whole HTTP requests as bytes, made before any is sent: { bytes, events }. */
export function prebuiltRequests({ port, eventsPerPost }) {
  const texts = eventTexts(Math.min(DIFFERENT_EVENTS, eventsPerPost * 1000));
  const requests = [];
  for (let from = 0; from < texts.length; from += eventsPerPost) {
    const chosen = texts.slice(from, from + eventsPerPost);
    requests.push({ bytes: requestOf(port, chosen.join('\n') + '\n'), events: chosen.length });
  }
  return requests;
}

/** One POST of NDJSON. */
export function requestOf(port, body) {
  const head =
    `POST / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n` +
    `Content-Type: application/x-ndjson\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return Buffer.from(head + body);
}
