import type { TrustFiles } from '../../client/trust.js';
import type { ServeOptions } from './serve-options.js';
import type { Settings } from '../config/resolve.js';
import { trustFiles } from './trust.js';

/** The destination of a command's events. */
export interface DeliveryOptions {
  readonly store: string;
  /** True when a flag, a variable or a config file names the store. Events then never go to another one. */
  readonly isStoreNamed: boolean;
  /** The URL of a server; undefined for the server of the store. */
  readonly url: string | undefined;
  readonly token: string | undefined;
  readonly trust: TrustFiles;
  /** Options for a server in this process. Called only when one is needed, since it validates the settings. */
  readonly server: () => ServeOptions;
}

/** Reads {@link DeliveryOptions} from the settings. */
export function deliveryOptions(settings: Settings, server: (settings: Settings) => ServeOptions): DeliveryOptions {
  return {
    store: settings.get('store'),
    isStoreNamed: settings.origin('store').kind !== 'default',
    url: settings.get('url'),
    token: settings.get('token'),
    trust: trustFiles(settings),
    server: () => server(settings),
  };
}
