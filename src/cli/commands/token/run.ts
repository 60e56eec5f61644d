import { TelemetryError } from '../../../core/errors.js';
import type { Result } from '../../../core/result.js';
import { listTokens, type TokenRecord } from '../../../store/catalog/token-reader.js';
import { createToken, revokeToken } from '../../../store/catalog/tokens.js';
import { render } from '../../../render/formats.js';
import type { Context } from '../../shared/context.js';
import { reportFormat } from '../../shared/options.js';
import { printReport } from '../../shared/report.js';
import type { TokenOptions } from './options.js';
import { createdTable, listJson, listTable, tokenJson, revokedJson, revokedTable } from './report.js';

/** Creates, lists, shows or revokes tokens, and prints the result. */
export async function run(options: TokenOptions, context: Context): Promise<void> {
  const { action, name = '', scopes, store, format } = options;
  const { streams } = context;
  const { columns, color } = streams;
  const write = (text: string): Promise<void> => streams.out.write(text);
  const table = (result: Result, width: number | undefined, footer = false): Promise<unknown> =>
    render('table', result, write, { columns: width, color, footer });
  const at = context.now() * 1000;

  if (action === 'list') {
    const tokens = listTokens(store);
    await printReport(reportFormat(format, streams), context, {
      table: () => table(listTable(tokens), columns, true),
      json: listJson(tokens),
      isIndented: true,
      rows: () => listTable(tokens),
    });
    return;
  }

  if (action === 'show') {
    const token = tokenNamed(store, name);
    await printReport(reportFormat(format, streams), context, {
      table: () => table(listTable([token]), columns),
      json: tokenJson(token),
      isIndented: true,
      rows: () => listTable([token]),
    });
    return;
  }

  if (action === 'revoke' || action === 'rm') {
    revokeToken(store, name, at);
    if (format === undefined) return write(`revoked ${name}: the token is no longer valid\n`);
    await printReport(format, context, {
      table: () => table(revokedTable(name, at), columns),
      json: revokedJson(name, at),
    });
    return;
  }

  const created = { name, scopes, token: createToken(store, name, scopes, at) };
  if (format === undefined) await write(`${created.token}\n`);
  else {
    await printReport(format, context, {
      table: () => table(createdTable(created), undefined),
      json: created,
      rows: () => createdTable(created),
    });
  }
  await streams.err.write(
    'The token is printed only now; the store keeps a hash.\n' +
      'A server on this store now requires a token from every sender.\n',
  );
}

/** The newest token of that name: a revoked one may have had it before. @throws TelemetryError `failure` without one. */
function tokenNamed(store: string, name: string): TokenRecord {
  const token = listTokens(store).findLast(({ name: other }) => other === name);
  if (token) return token;
  throw new TelemetryError('failure', `no token has the name "${name}"`, {
    remedy: 'See them with `telemetry token list`.',
  });
}
