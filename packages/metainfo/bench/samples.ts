import { buildMetainfo } from '@unchoke/metainfo';

/** A torrent to parse, and what every parser must find in it. */
export interface Sample {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly fileCount: number;
  readonly totalLength: number;
}

const TRACKERS = [
  ['http://tracker.example/announce', 'udp://tracker.example:6969/announce'],
  ['http://backup.example/announce'],
];
const COMMON = { trackerTiers: TRACKERS, comment: 'a comment', createdBy: 'bench', creationDate: 1_700_000_000 };

export const SAMPLES: readonly Sample[] = [small(), large(), manyFiles()];

/** One file, a few trackers: what most torrents look like. */
function small(): Sample {
  const totalLength = 20 * 262_144 - 5;
  const files = [{ path: ['image.iso'], length: totalLength }];
  const bytes = buildMetainfo({
    ...COMMON,
    name: 'image.iso',
    pieceLength: 262_144,
    files,
    pieceHashes: noise(20 * 20),
  });
  return { name: `small (${bytes.length} bytes)`, bytes, fileCount: 1, totalLength };
}

/** 100,000 pieces. */
function large(): Sample {
  const totalLength = 100_000 * 1_048_576 - 5;
  const files = [{ path: ['disk.img'], length: totalLength }];
  const pieceHashes = noise(100_000 * 20);
  const bytes = buildMetainfo({ ...COMMON, name: 'disk.img', pieceLength: 1_048_576, files, pieceHashes });
  return { name: '2 MB of piece hashes', bytes, fileCount: 1, totalLength };
}

function manyFiles(): Sample {
  const files = Array.from({ length: 20_000 }, (_, index) => ({
    path: [
      'collection',
      `folder ${Math.floor(index / 200)}`,
      `part ${Math.floor(index / 20)}`,
      `Picture number ${index}.jpg`,
    ],
    length: 100_000 + index,
  }));
  const totalLength = files.reduce((sum, file) => sum + file.length, 0);
  const pieceHashes = noise(Math.ceil(totalLength / 1_048_576) * 20);
  const bytes = buildMetainfo({ ...COMMON, name: 'collection', pieceLength: 1_048_576, files, pieceHashes });
  return { name: '20,000 files', bytes, fileCount: files.length, totalLength };
}

/** The same bytes in every run. */
function noise(length: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state >>> 24;
  });
}
