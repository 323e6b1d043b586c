import { BENCODE_BOMBS } from './bencode-bombs.js';
import { BENCODE } from './bencode-cases.js';
import { BENCODE_STREAMS } from './bencode-streams.js';
import { EXTENSION } from './extension-cases.js';
import { MAGNET } from './magnet-cases.js';
import { PLACES } from './places-cases.js';
import { SETS_AND_TREES } from './set-cases.js';
import { TORRENT_OUTSIDE } from './torrent-outside-cases.js';
import { TORRENT_V1 } from './torrent-v1-cases.js';
import { TORRENT_V2 } from './torrent-v2-cases.js';
import { TRACKER } from './tracker-cases.js';
import { UDP } from './udp-cases.js';
import type { Vector } from './vector.js';
import { WIRE } from './wire-cases.js';

/** What each file holds, in one sentence. */
const FILES: readonly (readonly [name: string, about: string, vectors: readonly Vector[]])[] = [
  [
    'bencode.json',
    'Values, refusals, round trips and bombs of bencode.',
    [...BENCODE, ...BENCODE_STREAMS, ...BENCODE_BOMBS],
  ],
  [
    'torrents.json',
    'Torrents, v1, v2 and hybrid: what they say, and what makes them none.',
    [...TORRENT_V1, ...TORRENT_OUTSIDE, ...TORRENT_V2],
  ],
  ['places.json', 'Where the files of a torrent are put on disk.', PLACES],
  ['magnets.json', 'Magnet links.', MAGNET],
  ['trackers.json', 'Replies of HTTP trackers, compact peers, scrapes.', TRACKER],
  ['udp.json', 'Packets of UDP trackers, both ways.', UDP],
  ['wire.json', 'Handshakes and messages between peers, whole and in pieces.', WIRE],
  ['extensions.json', 'Payloads of the extension protocol.', EXTENSION],
  ['sets.json', 'Allowed fast sets, peer priorities, merkle trees.', SETS_AND_TREES],
];

/** The text of every file below `vectors/`, the manifest first. */
export function vectorFiles(): readonly { readonly name: string; readonly text: string }[] {
  const manifest = {
    format: 1,
    files: FILES.map(([file, about, vectors]) => ({
      file,
      about,
      count: vectors.length,
      operations: [...new Set(vectors.map(({ operation }) => operation))],
    })),
  };
  return [
    { name: 'manifest.json', text: `${JSON.stringify(manifest, null, 2)}\n` },
    ...FILES.map(([name, , vectors]) => ({ name, text: lines(vectors) })),
  ];
}

/** One vector a line, so that a difference shows which. */
function lines(vectors: readonly Vector[]): string {
  return `[\n${vectors.map((vector) => JSON.stringify(vector)).join(',\n')}\n]\n`;
}
