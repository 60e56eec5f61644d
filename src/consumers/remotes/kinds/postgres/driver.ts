import { TelemetryError } from '../../../../core/errors.js';

/** The packages that implement PostgreSQL's protocol. */
export interface Driver {
  readonly Client: typeof import('pg').Client;
  readonly copyFrom: typeof import('pg-copy-streams').from;
  readonly Cursor: typeof import('pg-cursor');
}

/** Loads the optional packages. @throws TelemetryError `failure` when they are not installed. */
export async function loadDriver(): Promise<Driver> {
  try {
    const [{ Client }, { default: copyStreams }, { default: Cursor }] = await Promise.all([
      import('pg'),
      import('pg-copy-streams'),
      import('pg-cursor'),
    ]);
    return { Client, copyFrom: copyStreams.from, Cursor };
  } catch (error) {
    throw new TelemetryError('failure', 'PostgreSQL needs the optional packages pg, pg-copy-streams and pg-cursor', {
      remedy: 'Install telemetry with its optional dependencies: npm install --include=optional.',
      cause: error,
    });
  }
}
