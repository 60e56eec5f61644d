import { createReadStream, createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import { messageOf, TelemetryError } from '../../../../core/errors.js';
import type { S3Location } from './location.js';
import { ConditionFailed } from './object-storage.js';
import type { LocalFile, ObjectStorage, PutCondition, ReadObject } from './object-storage.js';

type Sdk = typeof import('@aws-sdk/client-s3');

/** Timeouts of a connection, and of a silent socket, in milliseconds. */
const CONNECT_MS = 10_000;
const SILENCE_MS = 60_000;

/** Errors of gateways for a condition that does not hold, or that a concurrent write has invalidated. */
const UNMET: ReadonlySet<string> = new Set(['PreconditionFailed', 'ConditionalRequestConflict', 'NoSuchKey']);
const UNMET_STATUS = 412;

/** The credentials of the SDK's requests, for DuckDB. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** Objects of a bucket, below a prefix. */
export class S3Storage implements ObjectStorage {
  readonly #sdk: Sdk;
  readonly #client: S3Client;
  readonly #location: S3Location;

  private constructor(sdk: Sdk, client: S3Client, location: S3Location) {
    this.#sdk = sdk;
    this.#client = client;
    this.#location = location;
  }

  /** @throws TelemetryError `failure` where the SDK is not installed. */
  static async open(location: S3Location): Promise<S3Storage> {
    const sdk = await loadSdk();
    const { endpoint, region, credentials } = location;
    const client = new sdk.S3Client({
      region: region ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? 'us-east-1',
      ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
      ...(credentials && { credentials }),
      // Gateways other than Amazon S3 do not support the SDK's checksums; the signature covers the SHA-256.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      logger: SILENT,
      requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: SILENCE_MS },
    });
    client.middlewareStack.add(
      next => args => {
        const { request } = args as { request: { headers: Record<string, string> } };
        // The signature covers the hash, so that a gateway refuses bytes that differ.
        const sha256 = request.headers[SHA256_HEADER];
        if (sha256 !== undefined) request.headers['x-amz-content-sha256'] = sha256;
        return next(args);
      },
      { step: 'build', name: 'payloadHash' },
    );
    return new S3Storage(sdk, client, location);
  }

  get description(): string {
    const { bucket, prefix, endpoint } = this.#location;
    return `s3://${bucket}/${prefix}${endpoint === undefined ? '' : ` at ${endpoint}`}`;
  }

  /** The credentials that sign requests. */
  async credentials(): Promise<S3Credentials> {
    const { accessKeyId, secretAccessKey, sessionToken } = await this.#client.config.credentials();
    return { accessKeyId, secretAccessKey, sessionToken };
  }

  /** The region that requests are signed for. */
  async region(): Promise<string> {
    return this.#client.config.region();
  }

  urlOf(key: string): string {
    return `s3://${this.#location.bucket}/${this.#key(key)}`;
  }

  async put(key: string, content: Buffer, condition: PutCondition): Promise<void> {
    await this.#run('write', key, () =>
      this.#client.send(
        new this.#sdk.PutObjectCommand({
          ...this.#named(key),
          Body: content,
          ContentType: 'application/json',
          ...('ifMatch' in condition ? { IfMatch: condition.ifMatch } : { IfNoneMatch: '*' }),
        }),
      ),
    );
  }

  async putFile(key: string, { path, bytes, sha256 }: LocalFile, signal: AbortSignal): Promise<void> {
    const body = createReadStream(path);
    try {
      await this.#run('write', key, () =>
        this.#client.send(
          new this.#sdk.PutObjectCommand({
            ...this.#named(key),
            Body: body,
            ContentLength: bytes,
            ContentType: 'application/vnd.apache.parquet',
            Metadata: { sha256 },
            IfNoneMatch: '*',
          }),
          { abortSignal: signal },
        ),
      );
    } finally {
      body.destroy();
    }
  }

  async get(key: string): Promise<ReadObject | undefined> {
    return this.#found('read', key, async () => {
      const { Body, ETag } = await this.#client.send(new this.#sdk.GetObjectCommand(this.#named(key)));
      return { content: Buffer.from(await Body!.transformToByteArray()), etag: ETag! };
    });
  }

  async download(key: string, path: string, signal: AbortSignal): Promise<void> {
    await this.#run('read', key, async () => {
      const request = new this.#sdk.GetObjectCommand(this.#named(key));
      const { Body } = await this.#client.send(request, { abortSignal: signal });
      await pipeline(Body as Readable, createWriteStream(path, { flags: 'wx' }), { signal });
    });
  }

  async size(key: string): Promise<number | undefined> {
    return this.#found('read', key, async () => {
      const { ContentLength } = await this.#client.send(new this.#sdk.HeadObjectCommand(this.#named(key)));
      return ContentLength;
    });
  }

  async delete(keys: readonly string[]): Promise<void> {
    // One request per object: not every gateway supports DeleteObjects.
    for (const key of keys) {
      await this.#found('delete', key, () => this.#client.send(new this.#sdk.DeleteObjectCommand(this.#named(key))));
    }
  }

  close(): void {
    this.#client.destroy();
  }

  #key(key: string): string {
    const { prefix } = this.#location;
    return prefix === '' ? key : `${prefix}/${key}`;
  }

  #named(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#location.bucket, Key: this.#key(key) };
  }

  async #found<T>(action: string, key: string, request: () => Promise<T>): Promise<T | undefined> {
    return this.#run(action, key, async () => {
      try {
        return await request();
      } catch (error) {
        if (statusOf(error) === 404 && nameOf(error) !== 'NoSuchBucket') return undefined;
        throw error;
      }
    });
  }

  async #run<T>(action: string, key: string, request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      if (error instanceof TelemetryError) throw error;
      if (isUnmet(error)) throw new ConditionFailed(key);
      const reason = [nameOf(error), messageOf(error)].filter((text, i, all) => text && all.indexOf(text) === i);
      throw new TelemetryError('failure', `cannot ${action} ${this.urlOf(key)}: ${reason.join(': ')}`, {
        cause: error,
      });
    }
  }
}

/** A logger without output: errors are thrown, and the SDK would also write some to stderr. */
const ignore = (): undefined => undefined;
const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore };

const SHA256_HEADER = 'x-amz-meta-sha256';

async function loadSdk(): Promise<Sdk> {
  // Otherwise the SDK warns on stderr that later versions need a newer Node.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  try {
    return await import('@aws-sdk/client-s3');
  } catch (error) {
    throw new TelemetryError('failure', 'an s3 remote needs the package @aws-sdk/client-s3, which is not installed', {
      remedy: 'Install telemetry with its optional dependencies.',
      cause: error,
    });
  }
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  return (error.$metadata as { readonly httpStatusCode?: number }).httpStatusCode;
}

function isUnmet(error: unknown): boolean {
  return statusOf(error) === UNMET_STATUS || UNMET.has(nameOf(error));
}

function nameOf(error: unknown): string {
  const name = error instanceof Error ? error.name : '';
  return name === 'Error' ? '' : name;
}
