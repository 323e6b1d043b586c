import { isIP } from 'node:net';
import type { AddressFamily } from '../address.js';
import { TrackerError } from '../errors.js';

const NO_ADDRESS: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA', 'EAI_AGAIN', 'EAI_ADDRFAMILY', 'EAI_NODATA']);
const MALFORMED = /^HPE_/;

/** What Node says about the network, in the words of this package. */
export function networkError(error: unknown, host: string): TrackerError {
  if (TrackerError.isInstance(error)) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (NO_ADDRESS.has(code))
    return new TrackerError('no-address', `no address found for ${host} (${code})`, { cause: error });
  if (MALFORMED.test(code)) {
    return new TrackerError('malformed-reply', `${host} does not answer in HTTP (${code}: ${message})`, {
      cause: error,
    });
  }
  return new TrackerError('unreachable', `${host} cannot be reached: ${message === '' ? code : message}`, {
    cause: error,
  });
}

/** Node takes an address as it is, also when another family was asked for; a name would have had no address then. */
export function checkFamily(host: string, family: AddressFamily | undefined): void {
  if (family === undefined || isIP(host) === 0 || isIP(host) === family) return;
  throw new TrackerError('no-address', `${host} is not an IPv${family} address`);
}
