import type { NameKind } from '../../../store/catalog/stored-names.js';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** The options of `telemetry completion`. */
export type CompletionOptions =
  | { readonly shell: (typeof SHELLS)[number] }
  | { readonly shell?: undefined; readonly values: NameKind; readonly store: string };
