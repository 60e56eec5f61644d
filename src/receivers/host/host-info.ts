import { cpus, totalmem } from 'node:os';
import { cpu, osInfo } from 'systeminformation';
import { cloudProvider, readFirmware } from './cloud.js';

/** Anonymous properties of a machine. Null where unknown. */
export interface HostInfo {
  /** Logical processors. */
  readonly cpu_count: number;
  readonly socket_count: number | null;
  /** In MiB. */
  readonly total_memory_mb: number;
  readonly os_name: string;
  readonly os_version: string;
  readonly kernel_version: string;
  readonly architecture: string;
  /** According to the firmware. */
  readonly cloud_provider: string | null;
}

const MEBIBYTE = 1024 * 1024;

/** Reads the properties of this machine, without network requests. */
export async function hostInfo(): Promise<HostInfo> {
  const [{ processors }, { distro, release, kernel, arch }] = await Promise.all([cpu(), osInfo()]);
  return {
    cpu_count: cpus().length,
    socket_count: processors > 0 ? processors : null,
    total_memory_mb: Math.floor(totalmem() / MEBIBYTE),
    os_name: distro,
    os_version: release,
    kernel_version: kernel,
    architecture: arch,
    cloud_provider: cloudProvider(readFirmware()) ?? null,
  };
}
