import { type Encodable, encode, splitDict } from '@unchoke/bencode';
import { joinDict } from './join-dict.js';
import { LIMITS } from './limits.js';
import type { OutsideSpec } from './metainfo-spec.js';
import { ABSENT, addText, outsideEntries } from './outside-entries.js';
import { readTorrentBytes } from './parse-metainfo.js';

/**
 * What to change. What is not mentioned stays; an empty list or `undefined` removes.
 *
 * @example
 * ```ts
 * import type { MetainfoChanges } from '@unchoke/metainfo';
 *
 * const changes: MetainfoChanges = { trackerTiers: [], comment: undefined };
 * console.assert('comment' in changes);
 * ```
 */
export interface MetainfoChanges extends OutsideSpec {
  /** Inside the info dictionary: changes the info-hash. */
  readonly isPrivate?: boolean;
  /** Inside the info dictionary: changes the info-hash. */
  readonly source?: string | undefined;
}

/**
 * Changes a torrent without decoding it: every value that is not changed keeps its exact bytes, so the info-hash stays
 * unless `isPrivate` or `source` is changed, and keys that this package does not know stay too.
 *
 * @throws {MetainfoError} `bad-spec` for an impossible change, or as `parseMetainfo` when the bytes are no torrent.
 * @example
 * ```ts
 * import { editMetainfo, parseMetainfo } from '@unchoke/metainfo';
 * import { hashes } from '@unchoke/metainfo/node';
 *
 * const torrent = `d4:infod6:lengthi5e4:name5:a.txt12:piece lengthi16384e6:pieces20:${'x'.repeat(20)}ee`;
 * const edited = editMetainfo(new TextEncoder().encode(torrent), { trackerTiers: [['udp://tracker.example:6969']] });
 * console.assert(parseMetainfo(edited, hashes).trackerTiers.length === 1);
 * ```
 */
export function editMetainfo(bytes: Uint8Array, changes: MetainfoChanges): Uint8Array {
  readTorrentBytes(bytes, undefined, false);
  const torrent = new Map(splitDict(bytes.subarray(0, bytes.lastIndexOf(LETTER_E) + 1), LENIENT));
  apply(torrent, outsideEntries(changes));
  const inside = insideEntries(changes);
  if (inside.size > 0) {
    const info = new Map(splitDict(torrent.get('info')!, LENIENT));
    apply(info, inside);
    torrent.set('info', joinDict(info));
  }
  const edited = joinDict(torrent);
  readTorrentBytes(edited, undefined, false);
  return edited;
}

/** A torrent ends with this; what the reader forgave behind it is white space. */
const LETTER_E = 0x65;
const LENIENT = { strict: false, bytesMax: LIMITS.torrentBytesMax, valueCountMax: LIMITS.valueCountMax, depthMax: 128 };

function insideEntries(changes: MetainfoChanges): ReadonlyMap<string, Encodable | typeof ABSENT> {
  const entries = new Map<string, Encodable | typeof ABSENT>();
  if (changes.isPrivate !== undefined) entries.set('private', changes.isPrivate ? 1 : ABSENT);
  addText(entries, 'source', changes.source, 'source' in changes);
  return entries;
}

function apply(spans: Map<string, Uint8Array>, entries: ReadonlyMap<string, Encodable | typeof ABSENT>): void {
  for (const [key, value] of entries) {
    if (value === ABSENT) spans.delete(key);
    else spans.set(key, encode(value));
  }
}
