import { TelemetryError } from '../../../core/errors.js';
import { kindFor } from '../../../consumers/forward/kinds.js';
import { lastIdOf } from '../../../consumers/forward/last-id.js';
import { splitUrl, withSecrets } from '../../../consumers/forward/load-remote.js';
import type { RemoteDefinition } from '../../../consumers/remotes/remote.js';
import { bindPredicate } from '../../../query/predicate.js';
import { openSession } from '../../../query/session.js';
import { checkObjectName } from '../../../query/view-definition.js';
import { secretValue, writeCredentials, type Credentials } from '../../../store/catalog/credentials.js';
import { insertObject, removeObject } from '../../../store/catalog/objects.js';
import { deleteRemote, insertRemote } from '../../../store/catalog/remotes.js';
import { openForWriting } from '../../../store/database/store.js';
import type { Context } from '../../shared/context.js';
import { printOutcome } from '../../shared/outcome.js';
import type { CreateOptions, RemoteOptions } from './options.js';

/**
 * Stores a new remote without connecting to it, so that a remote that is down can be created.
 * @throws TelemetryError `usage` for a URL, option or condition that its kind does not accept, `failure`.
 */
export async function create(
  { name, store, format }: RemoteOptions,
  given: CreateOptions,
  context: Context,
): Promise<void> {
  checkObjectName(name);
  const { url, password } = splitUrl(secretValue(given.url, process.env));
  const credentials: Credentials = {
    ...(password !== undefined && { password }),
    ...(Object.keys(given.headers).length > 0 && { headers: given.headers }),
  };
  const definition = definitionOf(url, given);
  const remote = withSecrets({ name, definition }, credentials);
  const kind = await kindFor(remote.url);
  checkOptions(given, kind.options, remote.url.protocol);
  kind.check(remote);
  openForWriting(store).close();
  if (given.where !== undefined) await checkCondition(store, given.where, context);
  insert(store, name, definition, { since: given.since, now: context.now() * 1000 });
  try {
    writeCredentials(store, name, credentials);
  } catch (error) {
    removeObject(store, 'remote', name, db => deleteRemote(db, name));
    throw error;
  }
  await printOutcome(format, context, {
    text: `created the remote ${name}: ${url}\n${kind.once}`,
    json: { name, url, once: kind.once, created: true },
  });
}

function definitionOf(url: string, given: CreateOptions): RemoteDefinition {
  const { where, types, privacy, maxLag, batch, bandwidth, kind } = given;
  const hasPrivacy = Object.values(privacy).some(rules => rules.length > 0);
  return {
    url,
    ...(where !== undefined && { where }),
    ...(types && { types }),
    ...(hasPrivacy && { privacy }),
    ...(maxLag && { maxLag }),
    ...(batch !== undefined && { batch }),
    ...(bandwidth !== undefined && { bandwidth }),
    options: kind,
  };
}

function checkOptions(given: CreateOptions, known: readonly string[], protocol: string): void {
  const wrong = Object.keys(given.kind).find(name => !known.includes(name));
  if (wrong === undefined) return;
  const options = known.map(name => `--${name}`).join(', ');
  throw new TelemetryError('usage', `--${wrong} is not an option of ${protocol}// remotes`, {
    remedy: options === '' ? 'Leave it out.' : `Use ${options}.`,
  });
}

async function checkCondition(store: string, where: string, { signal }: Context): Promise<void> {
  const session = await openSession({ dir: store, signal });
  try {
    await bindPredicate(session, where, '--where');
  } finally {
    session.close();
  }
}

function insert(
  store: string,
  name: string,
  definition: RemoteDefinition,
  { since, now }: { readonly since: CreateOptions['since']; readonly now: number },
): void {
  const db = openForWriting(store);
  try {
    db.transaction(() => {
      insertObject(db, { name, kind: 'remote', definition, createdAt: now });
      insertRemote(db, name, since === 'now' ? lastIdOf(db) : 0);
    }).immediate();
  } finally {
    db.close();
  }
}
