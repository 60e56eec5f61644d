import { messageOf } from '../core/errors.js';
import { jsonEvents } from '../formats/json/events.js';
import { progressCounter, type Intake } from '../receivers/intake.js';
import { openRemoteLosses, type RemoteLosses, type StoredLoss } from '../store/catalog/remote-losses.js';

/** The source of the events about losses: the number of each is the id of its loss, so that it is stored once. */
const LOSSES_SOURCE = 'telemetry:remote-losses';

/** Interval of looks for losses that another process has recorded, in milliseconds. */
const LOOK_MS = 1000;

/** Stores events of the server itself among the received ones, so that queries and alerts see them. */
export class OwnEvents {
  readonly #intake: Intake;
  readonly #dir: string;
  readonly #log: (text: string) => void;
  readonly #timer: NodeJS.Timeout;
  #losses: RemoteLosses | undefined;
  /** The last loss that is stored as an event. */
  #toldId: number | undefined;
  #isTelling = false;
  #lastTrouble = '';

  /** @param dir the store */
  constructor(intake: Intake, dir: string, log: (text: string) => void) {
    this.#intake = intake;
    this.#dir = dir;
    this.#log = log;
    this.#timer = setInterval(() => this.tellLosses(), LOOK_MS).unref();
  }

  /**
   * Stores a log event for each loss of a remote that has none yet, whichever process has recorded it, also before the
   * server was started.
   */
  tellLosses(): void {
    if (this.#isTelling) return;
    try {
      this.#losses ??= openRemoteLosses(this.#dir);
      this.#toldId ??= this.#losses.positionOf(LOSSES_SOURCE);
      const untold = this.#losses.after(this.#toldId);
      if (untold.length > 0) this.#tell(untold, this.#toldId);
      this.#lastTrouble = '';
    } catch (error) {
      this.#isTelling = false;
      this.#losses?.close();
      this.#losses = undefined;
      const trouble = `losses of remotes are not stored as events, and are tried again: ${messageOf(error)}`;
      if (trouble !== this.#lastTrouble) this.#log(trouble);
      this.#lastTrouble = trouble;
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#losses?.close();
  }

  #tell(untold: readonly StoredLoss[], afterId: number): void {
    const { writer, counts, process } = this.#intake;
    const transport = 'telemetry';
    const count = progressCounter(counts, transport);
    this.#isTelling = true;
    const opening = { transport, remote: undefined, path: undefined, headers: '{}' };
    const stream = writer.openStream(opening, (progress, isClosed) => {
      count(progress);
      if (!isClosed) return;
      this.#isTelling = false;
      if (!progress.error) this.#toldId = untold.at(-1)!.id;
    });
    const number = stream.beginSource({ source: LOSSES_SOURCE, position: afterId, checkpoint: '' });
    const write = jsonEvents(process(stream.append), this.#intake);
    for (const loss of untold) {
      number(loss.id);
      write(lossEvent(loss));
    }
    stream.close();
  }
}

/** A loss as an event in JSON. */
function lossEvent({ remote, events, firstId, lastId }: StoredLoss): string {
  const [count, was, them] = events === 1 ? ['1 event', 'was', 'it'] : [`${events} events`, 'were', 'them'];
  const lost = firstId === lastId ? `event ${firstId}` : `${count} of ids ${firstId} to ${lastId}`;
  return JSON.stringify({
    time: new Date().toISOString(),
    type: 'log',
    service_name: 'telemetry',
    name: 'telemetry.remote.events_lost',
    severity: 'WARN',
    message: `${lost} ${was} removed before the remote ${remote} had ${them}`,
    remote,
    events,
    first_id: firstId,
    last_id: lastId,
  });
}
