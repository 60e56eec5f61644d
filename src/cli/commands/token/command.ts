import { Argument, Option } from 'commander';
import type { Command } from 'commander';
import { SCOPES, type Scope } from '../../../core/scope.js';
import { TelemetryError } from '../../../core/errors.js';
import type { Manual, Start } from '../../shared/context.js';
import { collect, commaList, reportFormatOption, settingOption } from '../../shared/options.js';
import { ACTIONS, type TokenOptions } from './options.js';

/** Names that need no quoting on command lines and in lists. */
const NAME = /^[\w][\w.@-]{0,63}$/;

/** `telemetry token` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('token')
    .summary('create, list, show and revoke tokens')
    .description(
      'Creates, lists, shows and revokes the tokens of a store; rm is another word for revoke. Once a store has a token, its server requires one from every sender. ' +
        'The store keeps only a hash, so that a token is printed once, by create.',
    )
    .addArgument(new Argument('<action>', 'action').choices(ACTIONS))
    .argument('[name]', 'name of the token to create, show or revoke')
    .addOption(settingOption('store'))
    .addOption(
      new Option('--scope <scope>', `permissions, repeatable: ${SCOPES.join(', ')} (default: ingest)`).argParser(
        collect,
      ),
    )
    .addOption(reportFormatOption('create prints only the token, list a table on a terminal, else json'));
  command.action(async (action: TokenOptions['action'], name: string | undefined) => {
    const { scope, format } = command.opts<{ scope?: string[]; format?: TokenOptions['format'] }>();
    const { store } = command.optsWithGlobals<{ store?: string }>();
    checkName(action, name);
    if (scope && action !== 'create') throw new TelemetryError('usage', '--scope is for `telemetry token create`');
    const scopes = scopesOf(scope ?? ['ingest']);
    const context = await start({ store });
    const { run } = await import('./run.js');
    await run({ action, name, scopes, store: context.settings.get('store'), format }, context);
  });
  return {
    command,
    examples: [
      { line: 'telemetry token create ci', purpose: 'Create a token for sending events, printed once' },
      { line: 'telemetry token create grafana --scope query', purpose: 'Create a token for reading /metrics' },
      { line: 'telemetry token create notebook --scope read', purpose: 'Create a token for queries over HTTP' },
      { line: 'telemetry token list', purpose: 'List all tokens, without their secrets' },
      { line: 'telemetry token show ci', purpose: 'Show the scopes and times of a token' },
      { line: 'telemetry token revoke ci', purpose: 'Revoke a token' },
    ],
    notes: [
      'Scopes: ingest allows sending events, query allows reading /metrics, read allows reading events over HTTP (/api), admin allows everything. Present a token as "Authorization: Bearer TOKEN", as the password of Basic, or as "x-api-key: TOKEN". The --token of telemetry serve allows everything and remains valid.',
      'Creating and revoking take effect with the next request, without a restart. A WebSocket or POST in progress with a revoked token is ended within 250 ms; events that arrived before are committed and acknowledged.',
      'A store whose tokens are all revoked still requires one; telemetry serve --allow-anonymous opens it again.',
    ],
  };
}

function checkName(action: TokenOptions['action'], name: string | undefined): void {
  if (action === 'list') {
    if (name === undefined) return;
    throw new TelemetryError('usage', '`telemetry token list` takes no name', { remedy: 'It prints all tokens.' });
  }
  if (name === undefined) {
    throw new TelemetryError('usage', `\`telemetry token ${action}\` needs the name of a token`, {
      remedy: `Write it like telemetry token ${action} ci.`,
    });
  }
  if (!NAME.test(name)) {
    throw new TelemetryError('usage', `"${name}" is not a name for a token`, {
      remedy: 'Use letters, digits, ".", "@", "_" and "-", at most 64.',
    });
  }
}

function scopesOf(texts: readonly string[]): Scope[] {
  const asked = commaList(texts);
  const wrong = asked.find(text => !(SCOPES as readonly string[]).includes(text));
  if (wrong !== undefined || asked.length === 0) {
    throw new TelemetryError('usage', `--scope: "${wrong ?? ''}" is not a scope`, {
      remedy: `Choose from ${SCOPES.join(', ')}.`,
    });
  }
  return SCOPES.filter(scope => asked.includes(scope));
}
