/**
 * Every bound of this package. A torrent beyond one is refused with an error that names it; lists of trackers, web seeds
 * and nodes are cut there and noted instead, because a torrent works without the rest of them.
 *
 * @example
 * ```ts
 * import { LIMITS } from '@unchoke/metainfo';
 *
 * console.assert(LIMITS.nameBytesMax === 255);
 * ```
 */
export const LIMITS: {
  readonly torrentBytesMax: number;
  readonly valueCountMax: number;
  readonly fileCountMax: number;
  readonly folderCountMax: number;
  readonly pieceCountMax: number;
  readonly pieceLengthMax: number;
  readonly pathDepthMax: number;
  readonly nameBytesMax: number;
  readonly pathBytesMax: number;
  readonly textBytesMax: number;
  readonly urlBytesMax: number;
  readonly trackerCountMax: number;
  readonly webSeedCountMax: number;
  readonly nodeCountMax: number;
  readonly noteCountMax: number;
  readonly symlinkChainMax: number;
  readonly magnetLengthMax: number;
  readonly magnetParameterCountMax: number;
  readonly fileRangeCountMax: number;
} = {
  /** Bytes of a torrent. A hybrid with as many pieces as allowed has 109 MB of hashes; the largest torrents in the wild have some tens. */
  torrentBytesMax: 128 * 1024 * 1024,
  /** Bencoded values in a torrent. A hybrid of 300,000 files has about 3.3 million; each costs 16 bytes while it is read. */
  valueCountMax: 4_000_000,
  /** Files in a torrent. Three times the largest we know of; each costs about 300 bytes once parsed. */
  fileCountMax: 300_000,
  /** Folders in a torrent, counted by their paths. As many as files: deeper trees of folders with one file each have no use. */
  folderCountMax: 300_000,
  /** Pieces in a torrent, as in libtorrent (2^21): a bitfield of them is 256 KiB. */
  pieceCountMax: 2 ** 21,
  /** Bytes of a piece. Clients hold pieces in memory; 16 MiB is the common maximum, 128 MiB the largest ever offered by a program. */
  pieceLengthMax: 512 * 1024 * 1024,
  /** Names in a path, the torrent's own included. libtorrent stops at 100 folders too. */
  pathDepthMax: 100,
  /** Bytes of one name on disk, in UTF-8: what ext4, APFS and NTFS (there: 16-bit units) allow. */
  nameBytesMax: 255,
  /** Bytes of a whole path below the download folder. PATH_MAX of Linux is 4,096; this leaves 512 for that folder. */
  pathBytesMax: 3584,
  /** Bytes of a text field that are kept (comment, created by, source, encoding): nobody reads on after that. */
  textBytesMax: 64 * 1024,
  /** Bytes of a tracker's or a web seed's URL. Servers refuse longer ones. */
  urlBytesMax: 4096,
  /** Trackers kept, over all tiers. Public lists have about a hundred; announcing to more helps nobody. */
  trackerCountMax: 1000,
  /** Web seeds kept, of each kind: one is enough, some dozens are known. */
  webSeedCountMax: 1000,
  /** DHT nodes kept (BEP 5). A handful is enough to find the way in. */
  nodeCountMax: 1000,
  /** Notes kept; the first ones tell the story, and a hostile torrent could cause millions. */
  noteCountMax: 100,
  /** Links that lead to links, one after the other. Linux gives up after 40 as well. */
  symlinkChainMax: 40,
  /** Characters of a magnet. With a thousand trackers it has about 60,000. */
  magnetLengthMax: 1024 * 1024,
  /** Parameters of a magnet that are looked at: trackers, web seeds, sources and peers together. */
  magnetParameterCountMax: 5000,
  /** Ranges of files a magnet selects (BEP 53), after touching ones were joined: more than any person chooses by hand. */
  fileRangeCountMax: 100_000,
};
