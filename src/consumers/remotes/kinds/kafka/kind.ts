import type { RemoteKind } from '../../kind.js';
import { OPTION_NAMES, optionsOf } from './options.js';

/** Kafka: each event is a message whose key identifies it. */
export const kafka: RemoteKind = {
  protocols: ['kafka:', 'kafkas:'],
  once: 'at least once: a batch may be sent again, with the same key for each event',
  options: OPTION_NAMES,
  batch: 50_000,
  check(remote) {
    optionsOf(remote);
  },
  async connect(context) {
    const { KafkaConnection } = await import('./connection.js');
    return KafkaConnection.open(context);
  },
};
