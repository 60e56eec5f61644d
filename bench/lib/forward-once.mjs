import { telemetry, timed } from './archived-store.mjs';

/**
 * Forwards all events of a store to a new remote, and removes the remote.
 * @param options further options of `telemetry remote create`
 * @returns the time of `telemetry forward`, whole process, in milliseconds
 */
export async function forwardOnce(store, name, url, ...options) {
  await telemetry(store, 'remote', 'create', name, url, ...options);
  const { ms } = await timed(store, 'forward', name, '--until-current');
  await telemetry(store, 'remote', 'rm', name);
  return ms;
}
