import type { TrustFiles } from '../../client/trust.js';
import type { ServeOptions } from './serve-options.js';
import type { Settings } from '../config/resolve.js';
import { trustFiles } from './trust.js';

/** Where a command's events go. */
export interface DeliveryOptions {
  readonly store: string;
  /** True when a flag, a variable or a config file names the store: events then go to that store and to no other. */
  readonly isStoreNamed: boolean;
  /** A server that was named; undefined for the store's own. */
  readonly url: string | undefined;
  readonly token: string | undefined;
  readonly trust: TrustFiles;
  /** How a receiver of this process is set up. Asked for only when one is needed: its settings are then checked. */
  readonly server: () => ServeOptions;
}

/** Reads {@link DeliveryOptions} off the settings. */
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
