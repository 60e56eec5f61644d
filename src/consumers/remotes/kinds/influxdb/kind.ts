import type { RemoteKind } from '../../kind.js';
import { OPTION_NAMES, optionsOf } from './options.js';

/** InfluxDB, and servers with the write API of InfluxDB 2: metrics become points. */
export const influxdb: RemoteKind = {
  protocols: ['influxdb:', 'http+influxdb:', 'https+influxdb:'],
  once: 'idempotent: a point that is written again is the same point',
  options: OPTION_NAMES,
  batch: 20_000,
  check(remote) {
    optionsOf(remote);
  },
  async connect(context) {
    const { InfluxConnection } = await import('./connection.js');
    return InfluxConnection.open(context);
  },
};
