import { BencodeError } from '@unchoke/bencode';
import { type Metainfo, MetainfoError, type MetainfoNote, parseMagnet, parseMetainfo } from '@unchoke/metainfo';
import { hashes, readTorrent } from '@unchoke/metainfo/node';
import { fetchTorrent } from '../fetch-torrent.js';
import { EXIT } from './exit-codes.js';
import { exitCodeOf, Failure } from './failure.js';
import { counted, hex } from './format.js';
import type { Output } from './output.js';

export interface ReadOptions {
  readonly lenient?: boolean;
  /** Ends fetching it from the web. */
  readonly signal?: AbortSignal;
}

/**
 * Reads a torrent from a file or from the web, strictly: keys in another order than they must have are only taken when that was
 * asked for.
 */
export async function readTorrentFile(source: string, options: ReadOptions, output: Output): Promise<Metainfo> {
  const metainfo = await readNamed(source, options.signal ?? NEVER);
  checkOrder(source, metainfo, options, output);
  return metainfo;
}

const NEVER = new AbortController().signal;

/** Refuses keys in a wrong order, unless that was allowed, and warns of everything else that is odd. */
export function checkOrder(source: string, { notes }: Metainfo, { lenient }: ReadOptions, output: Output): void {
  const unsorted = notes.find(({ code }) => code === 'unsorted-keys');
  if (unsorted !== undefined && lenient !== true) throw unsortedKeys(source, unsorted);
  warnOfNotes(source, notes, output);
}

/** What is wrong with the bytes says where in them; people want to know of which file, too. */
async function readNamed(source: string, signal: AbortSignal): Promise<Metainfo> {
  try {
    return isWebAddress(source) ? parseMetainfo(await fetchTorrent(source, signal), hashes) : await readTorrent(source);
  } catch (error) {
    const isOfBytes = BencodeError.isInstance(error) || MetainfoError.isInstance(error);
    if (!isOfBytes || error.message.startsWith(source)) throw error;
    throw new Failure(exitCodeOf(error), `${source}: ${error.message}`, { cause: error });
  }
}

function unsortedKeys(path: string, { path: key, offset }: MetainfoNote): Failure {
  const where = `${key === '' ? '' : `at "${key}", `}offset ${offset}`;
  const message =
    `${path}: the keys of this torrent are not in their order (${where}), which is all that keeps it from being read; ` +
    '--lenient accepts it. Its info-hash is that of the bytes as they are';
  return new Failure(EXIT.badBencode, message);
}

/** More would only be scrolled away. */
const NOTES_TOLD_MAX = 3;

export function warnOfNotes(source: string, notes: readonly MetainfoNote[], output: Output): void {
  for (const { path, problem, offset } of notes.slice(0, NOTES_TOLD_MAX)) {
    output.warn(`${source}: ${path === '' ? '' : `${path}: `}${problem} (offset ${offset})`);
  }
  const more = notes.length - NOTES_TOLD_MAX;
  if (more > 0) output.warn(`${source}: ${counted(more, 'further oddity').replace(/ys$/, 'ies')}`);
}

/** A torrent by its hash, with what else is known of it: from a file, a magnet link, or the hash alone. */
export interface Subject {
  readonly name: string;
  /** 20 bytes, as on the wire. */
  readonly infoHash: Uint8Array;
  readonly trackers: readonly string[];
  readonly metainfo: Metainfo | undefined;
}

/** For commands that need a torrent only to ask others about it. */
export async function readSubject(source: string, options: ReadOptions, output: Output): Promise<Subject> {
  if (/^[0-9a-f]{40}$/i.test(source)) {
    return { name: source.toLowerCase(), infoHash: Buffer.from(source, 'hex'), trackers: [], metainfo: undefined };
  }
  if (isMagnet(source)) {
    const magnet = parseMagnet(source);
    warnOfNotes('the magnet link', magnet.notes, output);
    const infoHash = (magnet.infoHash ?? magnet.infoHashV2!).subarray(0, 20);
    return { name: magnet.name ?? hex(infoHash)!, infoHash, trackers: magnet.trackers, metainfo: undefined };
  }
  const metainfo = await readTorrentFile(source, options, output);
  const infoHash = (metainfo.infoHash ?? metainfo.infoHashV2!).subarray(0, 20);
  return { name: metainfo.name, infoHash, trackers: metainfo.trackerTiers.flat(), metainfo };
}

export function isMagnet(source: string): boolean {
  return /^magnet:/i.test(source);
}

export function isWebAddress(source: string): boolean {
  return /^https?:\/\//i.test(source);
}
