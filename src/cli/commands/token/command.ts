import { Argument, Option } from 'commander';
import type { Command } from 'commander';
import { SCOPES, type Scope } from '../../../core/scope.js';
import { TelemetryError } from '../../../core/errors.js';
import type { Manual, Start } from '../../shared/context.js';
import { collect, commaList, reportFormatOption, settingOption } from '../../shared/options.js';
import { ACTIONS, type TokenOptions } from './options.js';

/** Names are written on command lines and in lists. */
const NAME = /^[\w][\w.@-]{0,63}$/;

/** `telemetry token` */
export function register(program: Command, start: Start): Manual {
  const command = program
    .command('token')
    .summary('make, list and revoke the tokens that senders present')
    .description(
      'Makes, lists and revokes the tokens of a store. Once it has one, its server serves nobody without a token. ' +
        'Only the hash of a token is stored: create prints it, and it cannot be printed again.',
    )
    .addArgument(new Argument('<action>', 'what to do').choices(ACTIONS))
    .argument('[name]', 'the name of the token to create or revoke')
    .addOption(settingOption('store'))
    .addOption(
      new Option('--scope <scope>', `what it opens, repeatable: ${SCOPES.join(', ')} (default: ingest)`).argParser(
        collect,
      ),
    )
    .addOption(reportFormatOption('create prints the token alone, list a table on a terminal, else json'));
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
      { line: 'telemetry token create ci', purpose: 'A token that may send events, printed once' },
      { line: 'telemetry token create grafana --scope query', purpose: 'One that may read /metrics' },
      { line: 'telemetry token list', purpose: 'All tokens, without their secrets' },
      { line: 'telemetry token revoke ci', purpose: 'From now on it opens nothing' },
    ],
    notes: [
      'Scopes: ingest opens every way in for events, query what reads (today /metrics), admin everything. A token is presented as "Authorization: Bearer TOKEN", as the password of Basic, or as "x-api-key: TOKEN". The --token of telemetry serve opens everything and keeps working beside these.',
      'A token works, and a revoked one does not, from the next request on, without a restart. A WebSocket or a POST under way with a token that is revoked is ended within a quarter of a second: what arrived before is committed and acknowledged.',
      'A store whose tokens are all revoked still asks for one; telemetry serve --allow-anonymous opens it again.',
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
