import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../../core/errors.js';

/** The directory of firmware properties on Linux (DMI, SMBIOS). */
const DMI = '/sys/class/dmi/id';

const FILES = [
  'sys_vendor',
  'product_name',
  'bios_vendor',
  'bios_version',
  'chassis_asset_tag',
  'board_vendor',
] as const;

/** The DMI fields that identify clouds, each empty where missing. */
export type Firmware = Readonly<Record<(typeof FILES)[number], string>>;

/** The identification of each provider, from their documentation and cloud-init. */
const PROVIDERS: readonly (readonly [provider: string, matches: (firmware: Firmware) => boolean])[] = [
  ['aws', f => /amazon/i.test(`${f.sys_vendor} ${f.bios_vendor} ${f.bios_version} ${f.board_vendor}`)],
  ['azure', f => f.chassis_asset_tag === '7783-7084-3265-9085-8269-3286-77'],
  ['gcp', f => /^google/i.test(f.product_name) || f.sys_vendor === 'Google' || f.bios_vendor === 'Google'],
  ['oracle', f => f.chassis_asset_tag === 'OracleCloud.com'],
  ['alibaba', f => /^alibaba cloud/i.test(f.sys_vendor)],
  ['tencent', f => /^tencent cloud/i.test(f.sys_vendor)],
  ['digitalocean', f => f.sys_vendor === 'DigitalOcean'],
  ['hetzner', f => f.sys_vendor === 'Hetzner'],
  ['linode', f => /^(linode|akamai)/i.test(f.sys_vendor)],
  ['vultr', f => f.sys_vendor === 'Vultr'],
  ['scaleway', f => f.sys_vendor === 'Scaleway'],
  ['upcloud', f => f.sys_vendor === 'UpCloud'],
  ['exoscale', f => f.product_name === 'Exoscale Compute Platform'],
  ['openstack', f => /^openstack/i.test(f.product_name) || /^openstack/i.test(f.chassis_asset_tag)],
];

/** The cloud provider according to the firmware, without network requests; undefined when unknown. */
export function cloudProvider(firmware: Firmware): string | undefined {
  return PROVIDERS.find(([, matches]) => matches(firmware))?.[0];
}

/** Reads the firmware properties; all empty where the system does not expose them. */
export function readFirmware(dir = DMI): Firmware {
  const entries = FILES.map(name => [name, readOrEmpty(join(dir, name))] as const);
  return Object.fromEntries(entries) as Record<(typeof FILES)[number], string>;
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    // The field is missing or readable only by root.
    if (codeOf(error) !== undefined) return '';
    throw error;
  }
}
