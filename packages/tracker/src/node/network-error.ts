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
