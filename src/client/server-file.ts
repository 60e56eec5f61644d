import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../core/errors.js';

/** What a running server says about itself in its store. */
export interface ServerFile {
  readonly pid: number;
  readonly url: string;
  /** Where it receives OTLP over gRPC, as `host:port`. */
  readonly otlpGrpc?: string | undefined;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Whether it ends with the command that it stands in for; then another may take its place at once. */
  readonly isTemporary?: boolean | undefined;
  /** The SHA-256 of the certificate that it shows, where it speaks TLS. */
  readonly certificate?: string | undefined;
}

/** The file in the store that names its server; the server writes it once it listens and removes it when it stops. */
export function serverFile(dir: string): string {
  return join(dir, 'server.json');
}

/** The server of a store as far as its file says and its process lives; undefined without one. */
export function readServerFile(dir: string): ServerFile | undefined {
  try {
    const said = JSON.parse(readFileSync(serverFile(dir), 'utf8')) as Partial<ServerFile> | null;
    const { pid, url, otlpGrpc, startedAt, certificate, isTemporary } = said ?? {};
    if (typeof pid !== 'number' || typeof url !== 'string' || !lives(pid)) return undefined;
    return {
      pid,
      url,
      ...(typeof otlpGrpc === 'string' && { otlpGrpc }),
      startedAt: startedAt ?? '',
      isTemporary,
      ...(typeof certificate === 'string' && { certificate }),
    };
  } catch (error) {
    // Half-written or unreadable by this user: as good as none, since it only saves typing a URL.
    if (error instanceof SyntaxError || codeOf(error) !== undefined) return undefined;
    throw error;
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}
