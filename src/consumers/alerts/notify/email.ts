import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { codeOf, messageOf, TelemetryError } from '../../../core/errors.js';
import { linesOf, titleOf, type AlertMessage } from '../message.js';
import type { MailServer } from './channel.js';
import { DeliveryError } from './delivery-error.js';

/** A mail server that takes longer than this for one step gets the message again, in milliseconds. */
const TIMEOUT_MS = 20_000;

/**
 * Sends a notification by SMTP.
 * @param key the left part of the Message-ID, the same for every try.
 * @returns the answer of the server.
 * @throws DeliveryError
 */
export async function sendEmail(to: string, message: AlertMessage, server: MailServer, key: string): Promise<string> {
  const { createTransport } = await mailer();
  const isLocal = isLoopback(server.host);
  const from = server.from ?? `telemetry@${hostname()}`;
  const transport = createTransport({
    host: server.host,
    port: server.port,
    secure: server.isSecure,
    // Without it, whoever takes STARTTLS out of the server's answer reads the password.
    requireTLS: server.user !== undefined && !isLocal,
    // Mail servers of a machine usually have a certificate that no authority signed.
    tls: { rejectUnauthorized: !isLocal },
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    ...(server.user !== undefined && { auth: { user: server.user, pass: server.password ?? '' } }),
  });
  try {
    const { response } = await transport.sendMail({
      from,
      to,
      subject: titleOf(message),
      text: `${linesOf(message).join('\n')}\n`,
      messageId: `<${key}@${from.replace(/^.*@|>.*$/g, '')}>`,
      headers: { 'Auto-Submitted': 'auto-generated' },
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    return response;
  } catch (error) {
    const status = (error as { responseCode?: unknown }).responseCode;
    // 5yz replies are permanent: RFC 5321, section 4.2.1.
    throw new DeliveryError(messageOf(error), { isPermanent: typeof status === 'number' && status >= 500 });
  } finally {
    transport.close();
  }
}

/** True for this machine, to which a password is not sent over a network. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** nodemailer is optional: only email needs it. */
async function mailer(): Promise<typeof import('nodemailer')> {
  try {
    return await import('nodemailer');
  } catch (error) {
    if (codeOf(error) !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new TelemetryError('failure', 'email needs the package nodemailer, which is not installed', {
      remedy: 'Install telemetry with its optional dependencies.',
    });
  }
}
