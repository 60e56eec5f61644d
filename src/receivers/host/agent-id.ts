import { createHmac, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf, messageOf, TelemetryError } from '../../core/errors.js';

/** The files with the machine id on Linux (machine-id(5)). */
const MACHINE_ID_FILES = ['/etc/machine-id', '/var/lib/dbus/machine-id'];

/** The application that the machine id is hashed for, so that other programs have different hashes. */
const APPLICATION = 'telemetry agent id';

const MACHINE_ID = /^(?!0+$)[0-9a-f]{32}$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * A stable, anonymous id of this installation: a hash keyed with the machine id, as machine-id(5) recommends, or a random
 * id stored in `file`.
 * @throws TelemetryError `failure` when the id can neither be read nor stored.
 */
export function agentId(file: string, machineIdFiles: readonly string[] = MACHINE_ID_FILES): string {
  for (const candidate of machineIdFiles) {
    const id = readIfThere(candidate);
    if (id !== undefined && MACHINE_ID.test(id)) return hashed(id);
  }
  const kept = readIfThere(file);
  return kept !== undefined && UUID.test(kept) ? kept : keep(file, randomUUID());
}

/** Formats a hash as a version 4 UUID, as other agents do. */
function hashed(machineId: string): string {
  const bytes = createHmac('sha256', Buffer.from(machineId, 'hex')).update(APPLICATION).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function keep(file: string, id: string): string {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, `${id}\n`, { mode: 0o600 });
    return id;
  } catch (error) {
    throw unusable(file, error);
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(codeOf(error) ?? '')) return undefined;
    throw unusable(file, error);
  }
}

function unusable(file: string, error: unknown): TelemetryError {
  return new TelemetryError('failure', `cannot store the id of this machine in ${file}: ${messageOf(error)}`, {
    remedy: 'Set XDG_DATA_HOME to a writable directory.',
    cause: error,
  });
}
