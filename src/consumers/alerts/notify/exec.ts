import { spawn } from 'node:child_process';
import { messageOf } from '../../../core/errors.js';
import { titleOf, type AlertMessage } from '../message.js';
import { DeliveryError } from './delivery-error.js';

/** A command that runs longer than this is killed, in milliseconds. */
const TIMEOUT_MS = 30_000;

/** Characters of stderr that the outcome quotes. */
const MAX_SAID = 200;

/**
 * Runs a command, without a shell, with the notification as JSON on stdin.
 * @throws DeliveryError when it fails.
 */
export async function runCommand(
  argv: readonly string[],
  message: AlertMessage,
  key: string,
  signal: AbortSignal,
): Promise<string> {
  const [command = '', ...rest] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(command, rest, {
      shell: false,
      stdio: ['pipe', 'ignore', 'pipe'],
      env: {
        ...process.env,
        TELEMETRY_ALERT_KEY: key,
        TELEMETRY_ALERT_RULE: message.rule,
        TELEMETRY_ALERT_REASON: message.reason,
        TELEMETRY_ALERT_STATUS: message.status,
        TELEMETRY_ALERT_SEVERITY: message.severity,
        TELEMETRY_ALERT_TITLE: titleOf(message),
      },
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      killSignal: 'SIGKILL',
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(0, MAX_SAID)));
    // A command need not read its stdin.
    child.stdin.on('error', () => undefined);
    child.stdin.end(`${JSON.stringify(message)}\n`);
    child.once('error', error => reject(new DeliveryError(`cannot run ${command}: ${messageOf(error)}`)));
    child.once('close', (code, ended) => {
      if (code === 0) resolve('exit code 0');
      else reject(new DeliveryError(`${command} ended with ${code ?? ended}${said === '' ? '' : `: ${said.trim()}`}`));
    });
  });
}
