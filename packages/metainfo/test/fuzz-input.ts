import { BencodeError } from '@unchoke/bencode';
import { type Metainfo, MetainfoError, parseInfo, parseMetainfo, safePath } from '@unchoke/metainfo';
import { hashes } from '@unchoke/metainfo/node';
import { VECTORS } from './vectors.js';

/** Numbers and strings that decide something somewhere. */
const SPLICES: readonly Uint8Array[] = [
  'i0e',
  'i-1e',
  'i1e',
  'i2e',
  'i16384e',
  'i32768e',
  'i9007199254740991e',
  'i9007199254740992e',
  'i18446744073709551616e',
  'le',
  'de',
  '0:',
  '2:..',
  '1:/',
  '1:.',
  'l0:e',
  'd0:dee',
  '4:attr1:p',
  '4:attr1:l',
  '12:symlink pathl1:ae',
  '12:meta versioni2e',
  '6:lengthi1e',
  '5:filesle',
  '9:file treede',
  '12:piece layersde',
  '10:path.utf-8l1:ae',
  '3:\xff\xfe\xfd',
  '3:\xe2\x80\xae',
].map((text) => Uint8Array.from(text, (character) => character.charCodeAt(0)));

/** Good torrents: what is bad already mostly stays bad for the same reason. */
const SEEDS: readonly Uint8Array[] = VECTORS.filter(
  ({ facts, bytes }) => facts !== undefined && bytes.length <= 4096,
).map(({ bytes }) => bytes);

/** A torrent that was damaged: bytes flipped, cut, repeated, or replaced by what decides something. */
export function damagedTorrent(randomBelow: (bound: number) => number): Uint8Array {
  let bytes: Uint8Array = SEEDS[randomBelow(SEEDS.length)]!.slice();
  for (let count = 1 + randomBelow(3); count > 0; count--) bytes = damaged(bytes, randomBelow);
  return bytes;
}

/** The two outcomes there may be: a torrent whose parts fit each other, or one of our errors. Returns whether it was read. */
export function readOrRefuse(bytes: Uint8Array): boolean {
  try {
    const metainfo = parseMetainfo(bytes, hashes);
    checkWhole(metainfo);
    // What peers would send of it is read as the same torrent.
    const info = parseInfo(metainfo.infoBytes, hashes);
    if (info.totalLength !== metainfo.totalLength || info.files.length !== metainfo.files.length)
      throw new Error('parseInfo disagrees');
    return true;
  } catch (error) {
    if (MetainfoError.isInstance(error) || BencodeError.isInstance(error)) return false;
    throw error;
  }
}

function checkWhole(metainfo: Metainfo): void {
  const { files, totalLength, pieceLength, pieceCount, pieceHashes, contentLength } = metainfo;
  const isWhole =
    Number.isSafeInteger(totalLength) &&
    totalLength > 0 &&
    contentLength > 0 &&
    pieceCount === Math.ceil(totalLength / pieceLength) &&
    (pieceHashes === undefined || pieceHashes.length === pieceCount * 20) &&
    files.every(
      (file, index) =>
        file.index === index && file.offset >= 0 && file.length >= 0 && file.offset + file.length <= totalLength,
    ) &&
    new Set(files.map((file) => safePath(file).normalize('NFKD').toLowerCase())).size === files.length &&
    files.every((file) => !/(^|\/)(\.{0,2})(\/|$)|[\\\0]/.test(safePath(file)));
  if (!isWhole) throw new Error('a torrent was read whose parts do not fit');
}

function damaged(bytes: Uint8Array, randomBelow: (bound: number) => number): Uint8Array {
  const at = randomBelow(bytes.length + 1);
  switch (randomBelow(10)) {
    case 0: {
      if (at < bytes.length) bytes[at] = bytes[at]! ^ (1 << randomBelow(8));
      return bytes;
    }
    case 1:
      return bytes.subarray(0, at);
    case 2:
      return joined(bytes.subarray(0, at), bytes.subarray(Math.min(bytes.length, at + 1 + randomBelow(8))));
    case 3:
      return joined(bytes.subarray(0, at), bytes.subarray(randomBelow(at + 1)));
    case 4:
      return joined(bytes.subarray(0, at), SPLICES[randomBelow(SPLICES.length)]!, bytes.subarray(at));
    default:
      return replacedToken(bytes, at, SPLICES[randomBelow(SPLICES.length)]!);
  }
}

/** Puts something in the place of the next integer, so that the torrent stays bencode more often. */
function replacedToken(bytes: Uint8Array, from: number, splice: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const match = /i-?\d+e/.exec(text.slice(from));
  if (match === null) return bytes;
  const start = from + match.index;
  return joined(bytes.subarray(0, start), splice, bytes.subarray(start + match[0].length));
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
