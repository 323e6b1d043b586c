import { BencodeError } from '@unchoke/bencode';

/** The error that a call must throw. */
export function errorOf(run: () => unknown): BencodeError {
  try {
    run();
  } catch (error) {
    if (BencodeError.isInstance(error)) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
