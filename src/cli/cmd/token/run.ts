import { listTokens } from '../../../journal/token-reader.js';
import { createToken, revokeToken } from '../../../journal/tokens.js';
import { render } from '../../../render/formats.js';
import type { Context } from '../../context.js';
import { tableOrJson } from '../../options.js';
import type { TokenOptions } from './command.js';
import { createdJson, createdTable, listJson, listTable, revokedJson, revokedTable } from './report.js';

/** Makes, lists or revokes tokens, and prints what a person or a script needs of it. */
export async function run(options: TokenOptions, context: Context): Promise<void> {
  const { action, name = '', scopes, store, format } = options;
  const { streams } = context;
  const { columns, color } = streams;
  const write = (text: string): Promise<void> => streams.out.write(text);
  const at = context.now() * 1000;

  if (action === 'list') {
    const tokens = listTokens(store);
    if (tableOrJson(format, streams) === 'json') return write(listJson(tokens));
    await render('table', listTable(tokens), write, { columns, color });
    return;
  }

  if (action === 'revoke') {
    revokeToken(store, name, at);
    if (format === 'json') return write(revokedJson(name, at));
    if (format === 'table') await render('table', revokedTable(name, at), write, { columns, color, footer: false });
    else await write(`revoked ${name}: it opens nothing from now on\n`);
    return;
  }

  const created = { name, scopes, token: createToken(store, name, scopes, at) };
  if (format === 'json') await write(createdJson(created));
  else if (format === 'table')
    await render('table', createdTable(created), write, { color, columns: undefined, footer: false });
  else await write(`${created.token}\n`);
  await streams.err.write(
    'The token is printed this once; the store keeps its hash alone.\n' +
      'A server on this store serves nobody without a token from now on.\n',
  );
}
