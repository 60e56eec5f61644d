import { readRemoteStates, type RemoteState } from '../../store/catalog/remote-state.js';
import { openRemoteWork, type RemoteWork } from '../../store/catalog/remote-work.js';
import { openForReading } from '../../store/database/store.js';
import { SupervisedProcess } from '../shared/supervised-process.js';
import type { ForwardingProcessMessage, ForwardingProcessOptions } from './process.js';

/** A forwarding process under supervision. */
export type RunningForwarding = Pick<SupervisedProcess<ForwardingProcessMessage>, 'stop'>;

/**
 * Keeps a forwarding process running while a remote of the store is due and lacks events. While all remotes are down,
 * the process ends between tries.
 * @param onSent called after each batch.
 * @param log receives a line when a remote fails or works again.
 */
export function startForwarding(
  options: ForwardingProcessOptions,
  onSent: () => void,
  log: (text: string) => void,
): RunningForwarding {
  let work: RemoteWork | undefined;
  const close = (): void => {
    work?.close();
    work = undefined;
  };
  return new SupervisedProcess<ForwardingProcessMessage>({
    name: 'the forwarding process',
    program: 'server/forwarding/process',
    options,
    // Secrets of remotes may be in variables: env:NAME, PGPASSFILE, AWS_PROFILE and others.
    environment: Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? ''])),
    failed(reason) {
      // The store may have been replaced.
      close();
      log(`cannot forward events, retrying: ${reason}`);
    },
    isWanted() {
      work ??= openRemoteWork(options.dir);
      return work.isDue(Date.now() * 1000);
    },
    stopped: close,
    take(message) {
      if (message.kind === 'log') log(message.text);
      else onSent();
      return message.kind === 'sent';
    },
  });
}

/** The states of the remotes of the store at `dir`; empty when it cannot be read. */
export function remoteStates(dir: string): RemoteState[] {
  try {
    const db = openForReading(dir);
    try {
      return readRemoteStates(db);
    } finally {
      db.close();
    }
  } catch {
    return [];
  }
}
