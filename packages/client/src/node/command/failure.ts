import { BencodeError } from '@unchoke/bencode';
import { MetainfoError } from '@unchoke/metainfo';
import { StorageError } from '@unchoke/pieces/node';
import { ClientError } from '../../errors.js';
import { EXIT } from './exit-codes.js';

/** Ends the command with a number and a sentence. */
export class Failure extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The number that says what went wrong. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof Failure) return error.exitCode;
  if (BencodeError.isInstance(error)) return EXIT.badBencode;
  if (MetainfoError.isInstance(error)) return EXIT.badTorrent;
  if (StorageError.isInstance(error)) return EXIT.fileError;
  if (ClientError.isInstance(error) && error.code !== 'closed') return EXIT.badTorrent;
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'ENOENT') return EXIT.notFound;
  return typeof code === 'string' && code.startsWith('E') ? EXIT.fileError : EXIT.unknown;
}

/** The sentence for a person, without a stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
