import { BencodeError } from '@unchoke/bencode';
import { MetainfoError, type MetainfoErrorCode } from '@unchoke/metainfo';
import { StorageError } from '@unchoke/pieces/node';
import { TrackerError } from '@unchoke/tracker';
import { PeerConnectionError } from '@unchoke/wire/node';
import { ClientError, type ClientErrorCode } from '../../errors.js';
import { EXIT } from './exit-codes.js';

/** Ends the command with a number and a sentence. */
export class Failure extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string, options?: { readonly cause: unknown }) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

const MAGNET_CODES: ReadonlySet<MetainfoErrorCode> = new Set<MetainfoErrorCode>(['bad-magnet', 'missing-xt', 'bad-xt']);

/** How the system's names for what went wrong translate; what is not here is a matter of files. */
const SYSTEM_CODES: Readonly<Record<string, number>> = {
  ENOENT: EXIT.notFound,
  EEXIST: EXIT.fileExists,
  ENOSPC: EXIT.diskFull,
  EDQUOT: EXIT.diskFull,
  ENOTFOUND: EXIT.nameResolution,
  EAI_AGAIN: EXIT.nameResolution,
  ETIMEDOUT: EXIT.timeout,
  ECONNREFUSED: EXIT.network,
  ECONNRESET: EXIT.network,
  EPIPE: EXIT.network,
  EHOSTUNREACH: EXIT.network,
  ENETUNREACH: EXIT.network,
  EADDRINUSE: EXIT.network,
  EADDRNOTAVAIL: EXIT.network,
  EAFNOSUPPORT: EXIT.network,
};

/** The number that says what went wrong. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof Failure) return error.exitCode;
  if (BencodeError.isInstance(error)) return EXIT.badBencode;
  if (MetainfoError.isInstance(error)) return ofMetainfo(error);
  if (StorageError.isInstance(error)) return error.code === 'disk-full' ? EXIT.diskFull : EXIT.fileError;
  if (TrackerError.isInstance(error)) return ofTracker(error);
  if (PeerConnectionError.isInstance(error)) return ofPeer(error);
  if (ClientError.isInstance(error)) return ofClient(error);
  return ofSystem(error);
}

function ofMetainfo({ code }: MetainfoError): number {
  if (code === 'unsupported-file' || code === 'file-changed') return EXIT.fileError;
  return MAGNET_CODES.has(code) ? EXIT.badMagnet : EXIT.badTorrent;
}

function ofTracker({ code, httpStatus }: TrackerError): number {
  if (code === 'timed-out') return EXIT.timeout;
  if (code === 'no-address') return EXIT.nameResolution;
  if (code === 'bad-url' || code === 'not-scrapable') return EXIT.badOption;
  return httpStatus === 404 ? EXIT.notFound : EXIT.network;
}

function ofPeer(error: PeerConnectionError): number {
  if (error.code === 'handshake-timeout' || error.code === 'idle-timeout') return EXIT.timeout;
  return error.code === 'socket-failed' ? ofSystem(error.cause) : EXIT.network;
}

const CLIENT_CODES: Readonly<Record<ClientErrorCode, number>> = {
  'bad-torrent': EXIT.badTorrent,
  'bad-source': EXIT.badTorrent,
  'bad-option': EXIT.badOption,
  'already-added': EXIT.unknown,
  aborted: EXIT.unknown,
  closed: EXIT.unknown,
};

function ofClient({ code, cause }: ClientError): number {
  if (cause !== undefined && cause !== null) return exitCodeOf(cause);
  return CLIENT_CODES[code];
}

function ofSystem(error: unknown): number {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  if (typeof code !== 'string') return EXIT.unknown;
  return SYSTEM_CODES[code] ?? (/^E[A-Z0-9]+$/.test(code) ? EXIT.fileError : EXIT.unknown);
}

/** What the system says, for people; `%` is the path or the address. */
const SYSTEM_WORDS: Readonly<Record<string, string>> = {
  ENOENT: '%: there is no such file or folder',
  ENOTDIR: '%: a file is there, expected a folder',
  EEXIST: '%: is there already, and is not written over; name another with --out, or remove it first',
  EACCES: '%: you may not read or write there',
  EPERM: '%: you may not read or write there',
  EISDIR: '%: is a folder, expected a file',
  ECONNREFUSED: '%: nobody listens there',
  EHOSTUNREACH: '%: there is no way there',
  ENETUNREACH: '%: there is no way there',
  ETIMEDOUT: '%: no answer',
  EADDRINUSE: '%: this port is taken; choose another with --port, or 0 for any',
  EADDRNOTAVAIL: '%: this machine does not have that address; see --bind',
};

/** What is there is not written over. */
export function thereAlready(path: string): Failure {
  return new Failure(
    EXIT.fileExists,
    SYSTEM_WORDS['EEXIST']!.replace('%', () => path),
  );
}

interface SystemError extends NodeJS.ErrnoException {
  readonly address?: string;
  readonly port?: number;
  readonly hostname?: string;
}

/** The sentence for a person, without a stack. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (PeerConnectionError.isInstance(error) && error.cause !== undefined) return messageOf(error.cause);
  const { code = '', path, address, port, hostname } = error as SystemError;
  const place = path ?? (address === undefined ? undefined : port === undefined ? address : `${address}:${port}`);
  const words = SYSTEM_WORDS[code];
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `${hostname}: no address is known for this name`;
  if (words !== undefined && place !== undefined && 'syscall' in error) return words.replace('%', () => place);
  return error.message === '' ? error.name : error.message;
}
