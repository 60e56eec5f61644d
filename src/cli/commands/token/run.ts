import type { Result } from '../../../core/result.js';
import { listTokens } from '../../../store/catalog/token-reader.js';
import { createToken, revokeToken } from '../../../store/catalog/tokens.js';
import { render } from '../../../render/formats.js';
import type { Context } from '../../shared/context.js';
import { reportFormat } from '../../shared/options.js';
import { printReport } from '../../shared/report.js';
import type { TokenOptions } from './options.js';
import { createdTable, listJson, listTable, revokedJson, revokedTable } from './report.js';

/** Creates, lists or revokes tokens, and prints the result. */
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

  if (action === 'revoke') {
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
