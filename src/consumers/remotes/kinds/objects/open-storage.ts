import { FileStorage } from './file-storage.js';
import type { Location } from './location.js';
import type { ObjectStorage } from './object-storage.js';

/** Opens the storage at a location. Loads the AWS SDK for buckets only. */
export async function openStorage(location: Location): Promise<ObjectStorage> {
  if ('folder' in location) return new FileStorage(location.folder);
  const { S3Storage } = await import('./s3-storage.js');
  return S3Storage.open(location.s3);
}
