import { openAlertWork, type AlertWork } from '../../store/catalog/alert-work.js';
import type { AlertObserver } from '../../consumers/alerts/watch.js';
import { SupervisedProcess } from '../shared/supervised-process.js';
import type { AlertProcessMessage, AlertProcessOptions } from './process.js';

/** An alert process under supervision. */
export type RunningAlerts = Pick<SupervisedProcess<AlertProcessMessage>, 'stop'>;

/**
 * Keeps an alert process running while its store has alert rules, or notifications that wait.
 * @param observer receives the counts for the metrics of the server.
 * @param log receives a line for each alert that fires or resolves, and for failures.
 */
export function startAlerts(
  options: AlertProcessOptions,
  observer: AlertObserver,
  log: (text: string) => void,
): RunningAlerts {
  let work: AlertWork | undefined;
  const close = (): void => {
    work?.close();
    work = undefined;
  };
  return new SupervisedProcess<AlertProcessMessage>({
    name: 'the alert process',
    program: 'server/alerts/process',
    options,
    failed(reason) {
      // The store may have been replaced.
      close();
      log(`cannot evaluate alert rules, retrying: ${reason}`);
    },
    isWanted() {
      work ??= openAlertWork(options.dir);
      return work.exists();
    },
    stopped: close,
    take(message) {
      switch (message.kind) {
        case 'log':
          log(message.text);
          break;
        case 'evaluated':
          observer.evaluated(message.outcome);
          break;
        case 'notified':
          observer.notified(message.outcome, message.count);
          break;
        case 'alerts':
          observer.alerts(message.byState);
          break;
      }
      return message.kind === 'evaluated';
    },
  });
}
