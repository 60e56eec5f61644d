import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { onTestFinished } from 'vitest';

/** A request that a receiver got. */
export interface Received {
  readonly path: string;
  readonly key: string;
  readonly body: Record<string, unknown>;
}

/** A webhook receiver of a test, on a free port of the loopback. */
export interface WebhookReceiver {
  readonly url: string;
  readonly received: readonly Received[];
  /** The next answers; 200 once there are none left. */
  readonly answers: { status: number; headers?: Record<string, string> }[];
}

/** Starts a webhook receiver, which ends with the test. */
export async function webhookReceiver(): Promise<WebhookReceiver> {
  const received: Received[] = [];
  const answers: WebhookReceiver['answers'] = [];
  const server = createServer((request, response) => {
    void text(request).then(body => {
      const key = String(request.headers['idempotency-key']);
      received.push({ path: request.url ?? '', key, body: JSON.parse(body) as Record<string, unknown> });
      const { status, headers } = answers.shift() ?? { status: 200 };
      response.writeHead(status, headers).end();
    });
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received, answers };
}

/** A mail server of a test. */
export interface MailReceiver {
  readonly port: number;
  readonly messages: readonly string[];
  /** Those of {@link messages} that came by TLS. */
  readonly secured: readonly string[];
  /** Replies to the next messages: codes of SMTP. */
  readonly refusals: number[];
}

/**
 * Starts a mail server for the user `ann` with the password `secret`, which ends with the test.
 * @param hasTls true to offer STARTTLS, with a certificate that no authority signed
 */
export async function mailReceiver({ hasTls = false } = {}): Promise<MailReceiver> {
  const messages: string[] = [];
  const refusals: number[] = [];
  const secured: string[] = [];
  const server = new SMTPServer({
    disabledCommands: hasTls ? [] : ['STARTTLS'],
    logger: false,
    onAuth({ username, password }, _session, done) {
      const isRight = username === 'ann' && password === 'secret';
      done(isRight ? null : new Error('wrong password'), { user: username });
    },
    onData(stream, session, done) {
      void text(stream).then(message => {
        if (session.secure) secured.push(message);
        const code = refusals.shift();
        if (code === undefined) messages.push(message);
        done(code === undefined ? null : Object.assign(new Error('not now'), { responseCode: code }));
      });
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  onTestFinished(() => new Promise<void>(resolve => server.close(() => resolve())));
  // Clients that refuse its certificate end the connection.
  server.on('error', () => undefined);
  return { port: (server.server.address() as AddressInfo).port, messages, secured, refusals };
}
