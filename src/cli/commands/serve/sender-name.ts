import type { RequestOrigin } from '../../../receivers/intake.js';

/** Maximum length of a product name, in characters: a User-Agent may be of any length. */
const MAX_NAME_CHARACTERS = 80;

/**
 * A short name of a sender: the first product of its User-Agent (RFC 9110, section 10.1.5), such as `curl/8.5.0`, and the
 * address in parentheses. Only the address without a User-Agent; undefined without both.
 */
export function senderName({
  userAgent = '',
  address,
}: Pick<RequestOrigin, 'userAgent' | 'address'>): string | undefined {
  const product = userAgent.trim().split(/\s/, 1)[0]!.slice(0, MAX_NAME_CHARACTERS);
  if (product === '') return address;
  return address === undefined ? product : `${product} (${address})`;
}

/** True for an address of this machine. */
export function isLocal(address: string | undefined): boolean {
  return address === undefined || address === '::1' || /^(?:::ffff:)?127\./.test(address);
}
