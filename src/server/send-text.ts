import type { ServerResponse } from 'node:http';
import { sendResponse } from '../receivers/http/send-response.js';

/** Sends a reply of plain text, or of the content type in `headers`. */
export function sendText(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  sendResponse(response, status, body, { 'content-type': 'text/plain; charset=utf-8', ...headers });
}

export function sendJson(
  response: ServerResponse,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  sendText(response, 200, JSON.stringify(value), { 'content-type': 'application/json', ...headers });
}
