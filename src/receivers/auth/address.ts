import { isIPv6 } from 'node:net';

/**
 * The key of a sender by its address: an IPv4 address, or the /64 network of an IPv6 address, which one sender owns
 * (RFC 6177).
 */
export function senderAt(address: string | undefined): string {
  if (address === undefined) return 'unknown';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  // The check for a colon avoids compiling Node's regular expression, 5 ms, in most processes.
  if (!address.includes(':') || !isIPv6(address)) return address;
  const [front = '', back] = address.split('%', 1)[0]!.toLowerCase().split('::');
  const groups = front === '' ? [] : front.split(':');
  const missing = back === undefined ? 0 : 8 - groups.length - (back === '' ? 0 : back.split(':').length);
  const network = [...groups, ...Array<string>(missing).fill('0'), ...(back ?? '').split(':')].slice(0, 4);
  return `${network.map(group => parseInt(group || '0', 16).toString(16)).join(':')}::/64`;
}
