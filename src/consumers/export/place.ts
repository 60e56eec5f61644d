import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { codeOf, messageOf, TelemetryError } from '../../core/errors.js';
import { unwritableFile } from '../../core/file-error.js';
import { isDiskFull } from '../../core/trouble.js';
import { syncPath } from '../../store/archive/files.js';
import { lockFile } from '../../store/locks/file-lock.js';
import { removeObjects } from './objects.js';
import { differenceBetween, readState, writeState, type ExportState } from './state.js';

/** The state of an export to a folder, which stays there. The underscore hides it from readers of Parquet folders. */
const FOLDER_STATE = '_telemetry-export.json';

/** The place of an export: its target, and what is unfinished. */
export class ExportPlace {
  /** The file or folder to write. */
  readonly target: string;
  readonly isFolder: boolean;
  /** The folder of unfinished files: it has another name than the target, on the same file system. */
  readonly folder: string;
  readonly #stateFile: string;
  #state: ExportState | undefined;
  #unlock: (() => void) | undefined;
  /** True when an earlier run left unfinished files. */
  #wasUnderWay = false;
  /** True for a folder that this process created. */
  #isNew = false;

  /** @param isFolder true for a target that is a folder of objects. */
  constructor(target: string, isFolder: boolean) {
    this.target = target;
    this.isFolder = isFolder;
    this.folder = isFolder ? join(target, '.unfinished') : `${target}.partial`;
    this.#stateFile = isFolder ? join(target, FOLDER_STATE) : join(this.folder, 'export.json');
  }

  /** The file that becomes the target; for a folder, the target. */
  get data(): string {
    return this.isFolder ? this.target : join(this.folder, 'data');
  }

  /** The state of the export that is under way here. */
  get state(): ExportState | undefined {
    return this.#state;
  }

  /**
   * Reserves the place for this process and reads the state of an interrupted export of the same command.
   * @throws TelemetryError `failure` when something else is there, another process exports there, or it cannot be written.
   */
  open(now: Pick<ExportState, 'store' | 'command'>): void {
    try {
      this.#refuseOthers();
      this.#wasUnderWay = existsSync(this.folder);
      this.#isNew = this.isFolder && mkdirSync(this.target, { recursive: true }) !== undefined;
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      this.#unlock = lockFile(join(this.folder, 'lock'));
    } catch (error) {
      throw unwritable(this.target, error);
    }
    if (this.#unlock === undefined) {
      throw new TelemetryError('failure', `another process exports to ${this.target}`, {
        remedy: 'Wait until it ends, or export to another path.',
      });
    }
    try {
      this.#state = this.#stateFor(now);
    } catch (error) {
      this.#unlock();
      throw error;
    }
    if (this.#state) return;
    if (this.isFolder) removeObjects(this.target);
    for (const name of readdirSync(this.folder)) {
      if (!name.startsWith('lock')) rmSync(join(this.folder, name), { recursive: true });
    }
  }

  /** Records progress; it is on disk when this returns. */
  save(state: ExportState): ExportState {
    writeState(this.#stateFile, state);
    return (this.#state = state);
  }

  /** Gives the complete file its name; it is on disk when this returns. */
  publish(): void {
    if (this.isFolder || !existsSync(this.data)) return;
    syncPath(this.data);
    renameSync(this.data, this.target);
    syncPath(dirname(this.target));
  }

  /** Ends the reservation. Removes the unfinished files of an export that is complete, or that never began. */
  close(): void {
    this.#unlock?.();
    this.#unlock = undefined;
    if (this.#state && !this.#state.isComplete) return;
    rmSync(this.folder, { recursive: true, force: true });
    if (this.#isNew && !this.#state) rmdirSync(this.target);
  }

  /** Refuses a target that no interrupted export explains, before anything is created. */
  #refuseOthers(): void {
    const found = statSync(this.target, { throwIfNoEntry: false });
    const parent = dirname(this.target);
    if (!found) {
      if (existsSync(parent)) return;
      throw unwritableFile(this.target, { code: 'ENOENT' });
    }
    if (this.isFolder && !found.isDirectory()) {
      throw new TelemetryError('failure', `cannot export to ${this.target}: it is a file, not a folder`);
    }
    if (!this.isFolder && !found.isFile()) {
      const kind = found.isDirectory() ? 'a folder' : 'not a regular file';
      throw new TelemetryError('failure', `cannot export to ${this.target}: it is ${kind}`, {
        remedy: 'Name a new file, or write to stdout with --to -.',
      });
    }
    const isOfExport = existsSync(this.#stateFile);
    if (!this.isFolder || isOfExport || readdirSync(this.target).every(name => name === basename(this.folder))) return;
    throw new TelemetryError('failure', `${this.target} has files that are not of an export`, {
      remedy: 'Name a new or empty folder.',
    });
  }

  /** The state to continue from; undefined to begin. @throws TelemetryError `failure` when neither is right. */
  #stateFor(now: Pick<ExportState, 'store' | 'command'>): ExportState | undefined {
    const { isForced } = now.command;
    const found = this.#readState(isForced);
    if (found && !found.isComplete) {
      const difference = differenceBetween(found, now);
      if (difference === undefined && (!isForced || found.command.isForced)) return found;
      if (isForced) return undefined;
      const what = difference ?? 'with --force';
      throw new TelemetryError('failure', `${this.target} is the target of another interrupted export: one ${what}`, {
        remedy: 'Repeat that command to complete it, discard it with --force, or export to another path.',
      });
    }
    // An earlier run was killed between its last step and the removal of unfinished files.
    const isPublished = this.#wasUnderWay && (existsSync(this.data) || existsSync(this.target));
    if (found && isPublished && differenceBetween(found, now) === undefined) return found;
    if (isForced || (this.isFolder ? !found : !existsSync(this.target))) return undefined;
    const what = this.isFolder ? 'has a complete export' : 'already exists';
    // The folder of the reservation.
    if (!this.isFolder) rmSync(this.folder, { recursive: true, force: true });
    throw new TelemetryError('failure', `${this.target} ${what}`, {
      remedy: 'Replace it with --force, or export to another path.',
    });
  }

  #readState(isForced: boolean): ExportState | undefined {
    try {
      return readState(this.#stateFile);
    } catch (error) {
      if (isForced && error instanceof TelemetryError) return undefined;
      throw error;
    }
  }
}

/** The error for a target that cannot be written. */
export function unwritable(target: string, error: unknown): unknown {
  if (error instanceof TelemetryError || codeOf(error) === undefined) return error;
  if (!isDiskFull(error)) return unwritableFile(target, error);
  return new TelemetryError('failure', `cannot write ${target}: ${messageOf(error)}`, {
    remedy: 'Make room and run the same command again: it continues there.',
    cause: error,
  });
}
