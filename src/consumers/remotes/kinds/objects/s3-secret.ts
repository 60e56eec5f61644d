import { quoteText } from '../../../../store/sql/text.js';
import type { S3Location } from './location.js';
import type { S3Storage } from './s3-storage.js';

/** The statement that gives DuckDB the credentials, for the prefix only. */
export async function secretSql(storage: S3Storage, { endpoint }: S3Location): Promise<string> {
  const { accessKeyId, secretAccessKey, sessionToken } = await storage.credentials();
  const url = endpoint === undefined ? undefined : new URL(endpoint);
  const parts = [
    'type s3',
    `key_id ${quoteText(accessKeyId)}`,
    `secret ${quoteText(secretAccessKey)}`,
    ...(sessionToken === undefined ? [] : [`session_token ${quoteText(sessionToken)}`]),
    `region ${quoteText(await storage.region())}`,
    ...(url === undefined
      ? []
      : [
          `endpoint ${quoteText(`${url.host}${url.pathname.replace(/\/$/, '')}`)}`,
          `use_ssl ${url.protocol === 'https:'}`,
          `url_style 'path'`,
        ]),
    `scope ${quoteText(storage.urlOf(''))}`,
  ];
  return `create secret remote (${parts.join(', ')})`;
}
