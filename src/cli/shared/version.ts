import manifest from '../../../package.json' with { type: 'json' };

/** The version of this telemetry: that of its package. */
export const VERSION: string = manifest.version;
