import { isIP } from 'node:net';
import { TelemetryError } from '../../../core/errors.js';
import { withoutSecrets, type StoredChannel } from '../../../store/catalog/alert-channels.js';
import { isPrivateAddress } from './private-address.js';

/** The way to a receiver of notifications. */
export type Channel =
  | { readonly kind: 'slack'; readonly url: string; readonly room?: string; readonly mayBePrivate: boolean }
  | { readonly kind: 'webhook'; readonly url: string; readonly mayBePrivate: boolean }
  | { readonly kind: 'email'; readonly to: string; readonly server: MailServer }
  | { readonly kind: 'exec'; readonly argv: readonly string[] };

/** A mail server that takes messages by SMTP. */
export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** True for TLS from the first byte; otherwise STARTTLS where the server offers it. */
  readonly isSecure: boolean;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** The sender; undefined for telemetry@ and the name of this machine. */
  readonly from: string | undefined;
}

/** The name of the channel that sends email. */
const MAIL_CHANNEL = 'smtp';

const KINDS = 'slack:URL, webhook:URL, email:ADDRESS and exec:COMMAND';

/** The usual ports of RFC 8314: submission, and submission with TLS from the first byte. */
const SUBMISSION_PORT = 587;
const SUBMISSIONS_PORT = 465;

/** True for the whole setting of a channel, and not the name of one. */
function isSetting(text: string): boolean {
  return /^(?:slack|webhook|email|exec):|^smtps?:\/\//.test(text);
}

/**
 * Resolves a channel of a rule: the name of a stored channel, or a setting.
 * @param mayBePrivate of the rule, for settings.
 * @throws TelemetryError `usage` for a wrong setting, and for an unknown name.
 */
export function channelOf(text: string, stored: readonly StoredChannel[], mayBePrivate: boolean): Channel {
  const found = stored.find(({ name }) => name.toLowerCase() === text.toLowerCase());
  if (found && found.name !== MAIL_CHANNEL) return parsed(found.setting, stored, found.mayBePrivate);
  if (isSetting(text) && !text.startsWith('smtp')) return parsed(text, stored, mayBePrivate);
  const shown = withoutSecrets(text);
  throw new TelemetryError('usage', `the channel "${shown}" does not exist`, {
    remedy:
      shown === text
        ? `Create it with \`telemetry alert channel set ${text} SETTING\`, or write ${KINDS}.`
        : `Write ${KINDS}, or the name of a stored channel.`,
  });
}

/** Checks the setting of a channel that is to be stored. @throws TelemetryError `usage` */
export function checkSetting(name: string, setting: string, mayBePrivate: boolean): void {
  if (/^smtps?:\/\//.test(setting) !== (name === MAIL_CHANNEL)) {
    throw new TelemetryError(
      'usage',
      `the mail server is the channel "${MAIL_CHANNEL}", with a setting like smtp://HOST`,
      {
        remedy: `Write it like telemetry alert channel set ${MAIL_CHANNEL} 'smtp://USER:PASSWORD@HOST:587?from=ADDRESS'.`,
      },
    );
  }
  if (name === MAIL_CHANNEL) mailServer(setting);
  else if (isSetting(setting))
    parsed(setting, [{ name: MAIL_CHANNEL, setting: 'smtp://localhost', mayBePrivate: true }], mayBePrivate);
  else throw wrong(setting, `Settings are ${KINDS}.`);
}

function parsed(setting: string, stored: readonly StoredChannel[], mayBePrivate: boolean): Channel {
  const kind = setting.slice(0, setting.indexOf(':'));
  const rest = setting.slice(kind.length + 1).trim();
  switch (kind) {
    case 'slack':
      if (rest.startsWith('#')) return slackRoom(rest, stored);
      return { kind, url: webUrl(setting, rest, mayBePrivate), mayBePrivate };
    case 'webhook':
      return { kind, url: webUrl(setting, rest, mayBePrivate), mayBePrivate };
    case 'email':
      if (!/^[^\s@]+@[^\s@]+$/.test(rest)) throw wrong(setting, 'Write it like email:ops@example.com.');
      return { kind, to: rest, server: serverOf(stored) };
    case 'exec':
      return { kind, argv: argvOf(setting, rest) };
    default:
      throw wrong(setting, `Settings are ${KINDS}.`);
  }
}

/** A room of the workspace whose webhook is the stored channel `slack`. */
function slackRoom(room: string, stored: readonly StoredChannel[]): Channel {
  const workspace = stored.find(
    ({ name, setting }) => name.toLowerCase() === 'slack' && setting.startsWith('slack:http'),
  );
  if (!workspace) {
    throw new TelemetryError(
      'usage',
      `slack:${room} needs the channel "slack", with the URL of the workspace's webhook`,
      {
        remedy: 'Write it like telemetry alert channel set slack slack:https://hooks.slack.com/services/...',
      },
    );
  }
  return { kind: 'slack', url: workspace.setting.slice('slack:'.length), room, mayBePrivate: workspace.mayBePrivate };
}

function webUrl(setting: string, text: string, mayBePrivate: boolean): string {
  if (!/^https?:\/\/./.test(text) || !URL.canParse(text))
    throw wrong(setting, 'The URL begins with https:// or http://.');
  const host = new URL(text).hostname.replace(/^\[|\]$/g, '');
  // Names of other hosts are looked up when a notification is sent.
  if (!mayBePrivate && (host === 'localhost' || (isIP(host) !== 0 && isPrivateAddress(host)))) {
    throw new TelemetryError('usage', `${host} is a loopback or private address`, {
      remedy: 'Add --allow-private-targets if notifications may go there.',
    });
  }
  return text;
}

function serverOf(stored: readonly StoredChannel[]): MailServer {
  const found = stored.find(({ name }) => name === MAIL_CHANNEL);
  if (found) return mailServer(found.setting);
  throw new TelemetryError('usage', 'email needs a mail server, and none is set', {
    remedy: `Set one: telemetry alert channel set ${MAIL_CHANNEL} 'smtp://USER:PASSWORD@HOST:587?from=ADDRESS'.`,
  });
}

function mailServer(setting: string): MailServer {
  if (!URL.canParse(setting)) throw wrong(setting, 'Write it like smtp://USER:PASSWORD@HOST:587?from=ADDRESS.');
  const url = new URL(setting);
  const unknown = [...url.searchParams.keys()].find(key => key !== 'from');
  if (unknown !== undefined || url.hostname === '' || !/^\/?$/.test(url.pathname)) {
    throw wrong(
      setting,
      'Write it like smtp://USER:PASSWORD@HOST:587?from=ADDRESS, a % or @ in the password as %25 or %40.',
    );
  }
  const isSecure = url.protocol === 'smtps:';
  const text = (part: string): string | undefined => (part === '' ? undefined : decodeURIComponent(part));
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (isSecure ? SUBMISSIONS_PORT : SUBMISSION_PORT) : Number(url.port),
    isSecure,
    user: text(url.username),
    password: text(url.password),
    from: url.searchParams.get('from') ?? undefined,
  };
}

/** The words of a command: a JSON array, or words with blanks between; quotes keep blanks. No shell reads them. */
function argvOf(setting: string, text: string): string[] {
  if (text.startsWith('[')) {
    try {
      const argv = JSON.parse(text) as unknown;
      if (Array.isArray(argv) && argv.length > 0 && argv.every(word => typeof word === 'string')) return argv;
    } catch {
      // Reported below.
    }
    throw wrong(setting, 'Write the command as an array of texts: exec:["notify-send","alert"].');
  }
  const words = wordsOf(text);
  if (words === undefined) throw wrong(setting, 'Close its quotes.');
  if (words.length > 0) return words;
  throw wrong(setting, 'Name the command: exec:COMMAND.');
}

/**
 * The words of a command line: quotes within a word join it, as in `--text="a b"`. Undefined when one is not closed.
 */
function wordsOf(text: string): string[] | undefined {
  const words: string[] = [];
  for (const [word] of text.matchAll(/(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"']|["'].*)+/gs)) {
    let openQuotes = 0;
    const unquoted = word.replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'|["']/gs, (_, double?: string, single?: string) => {
      if (double === undefined && single === undefined) openQuotes++;
      return double?.replace(/\\(["\\])/g, '$1') ?? single ?? '';
    });
    if (openQuotes > 0) return undefined;
    words.push(unquoted);
  }
  return words;
}

function wrong(setting: string, remedy: string): TelemetryError {
  return new TelemetryError('usage', `"${withoutSecrets(setting)}" is not the setting of a channel`, { remedy });
}
