import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../core/errors.js';

/** The file in a store that describes its running server. */
export interface ServerFile {
  readonly pid: number;
  readonly url: string;
  /** The address of its OTLP/gRPC port, as `host:port`. */
  readonly otlpGrpc?: string | undefined;
  /** The path of its query socket (query-frames.ts); undefined without one. */
  readonly querySocket?: string | undefined;
  /** ISO 8601. */
  readonly startedAt: string;
  /** True when the server ends with the command that started it; then another may take over at once. */
  readonly isTemporary?: boolean | undefined;
  /** That command, such as `ingest`. */
  readonly command?: string | undefined;
  /** The SHA-256 of its TLS certificate, when it has one. */
  readonly certificate?: string | undefined;
}

/** The path of that file. A server writes it once it listens and removes it when it stops. */
export function serverFile(dir: string): string {
  return join(dir, 'server.json');
}

/** The running server of a store; undefined without the file or when its process has ended. */
export function readServerFile(dir: string): ServerFile | undefined {
  try {
    const said = JSON.parse(readFileSync(serverFile(dir), 'utf8')) as Partial<ServerFile> | null;
    const { pid, url, otlpGrpc, querySocket, startedAt, certificate, isTemporary, command } = said ?? {};
    if (typeof pid !== 'number' || typeof url !== 'string' || !lives(pid)) return undefined;
    return {
      pid,
      url,
      ...(typeof otlpGrpc === 'string' && { otlpGrpc }),
      ...(typeof querySocket === 'string' && { querySocket }),
      startedAt: startedAt ?? '',
      isTemporary,
      ...(typeof command === 'string' && { command }),
      ...(typeof certificate === 'string' && { certificate }),
    };
  } catch (error) {
    // Half-written, or not readable by this user: ignored, since the file only saves typing a URL.
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
