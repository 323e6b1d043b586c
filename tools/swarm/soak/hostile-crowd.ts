import { randomTorrent } from '@unchoke/mock-peer';
import { startCrowd } from './crowd.js';
import { type Download, measureDownload } from './download.js';

/** 24 kinds, of every chapter of the catalogue. */
export const KINDS = [
  'handshake-random-bytes',
  'handshake-cut-at-48',
  'handshake-wrong-info-hash',
  'never-answer',
  'close-after-handshake',
  'length-prefix-2-32',
  'unknown-id-of-1-mib',
  'bitfield-too-long',
  'have-max',
  'junk-flood',
  'choke-flap-slow',
  'never-unchoke',
  'liar-serves-nothing',
  'serve-then-stall',
  'stall-mid-block',
  'one-byte-per-second',
  'reject-everything',
  'duplicate-piece',
  'wrong-offset',
  'poison-all',
  'poison-one-block',
  'disconnect-mid-block',
  'metadata-size-2-63',
  'late-blocks',
] as const;

export interface HostileCrowd {
  readonly honestOnly: Download;
  readonly together: Download;
  readonly slowdown: number;
  readonly honestBanned: number;
}

/** T6: so many MiB from so many peers, most of them hostile, against the honest ones alone. */
export async function meetHostileCrowd(mib: number, hostile: number, honest: number): Promise<HostileCrowd> {
  const content = `${mib}MiB:6`;
  const pieceLength = 131_072;
  const sample = randomTorrent(content, { pieceLength });
  const seeds = await startCrowd({ content, pieceLength, behaviours: new Array(honest).fill('honest') });
  const behaviours = Array.from({ length: hostile }, (_, index) => KINDS[index % KINDS.length]!);
  const crowd = await startCrowd({ content, pieceLength, behaviours });
  try {
    const honestOnly = await measureDownload(sample, seeds.peers);
    const together = await measureDownload(sample, mixed(seeds.peers, crowd.peers));
    const honestPorts = new Set(seeds.peers.map(({ port }) => port));
    return {
      honestOnly,
      together,
      slowdown: Math.round((together.seconds / honestOnly.seconds) * 100) / 100,
      honestBanned: together.banned.filter((port) => honestPorts.has(port)).length,
    };
  } finally {
    seeds.close();
    crowd.close();
  }
}

/** Evenly among each other, as a tracker names them. */
function mixed<T>(few: readonly T[], many: readonly T[]): readonly T[] {
  const step = Math.max(1, Math.floor(many.length / few.length));
  return few.flatMap((one, index) => [one, ...many.slice(index * step, (index + 1) * step)]);
}
