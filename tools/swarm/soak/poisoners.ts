import { randomTorrent } from '@unchoke/mock-peer';
import { startCrowd } from './crowd.js';
import { type Download, measureDownload } from './download.js';

export interface Poisoning {
  readonly name: string;
  readonly download: Download;
  readonly poisonersBanned: number;
  readonly honestBanned: number;
  /** Pieces that a second leech, which has only the first, found wrong. */
  readonly corruptServed: number;
}

/** T9: who poisons whom. */
export function poisonings(mib: number): readonly (readonly [string, readonly string[], string])[] {
  const honest = (count: number) => new Array<string>(count).fill('honest');
  return [
    ['30 % poisoners', [...new Array<string>(3).fill('poison-all'), ...honest(7)], `${mib}MiB:9`],
    ['a sole one beside one honest', ['poison-all', ...honest(1)], `${mib}MiB:9`],
    ['one block of each piece', ['poison-one-block', ...honest(3)], `${mib}MiB:9`],
    ['after a good past', ['poison-after-good-reputation', ...honest(1)], `${Math.max(mib, 64)}MiB:9`],
  ];
}

export async function poison([name, behaviours, content]: readonly [
  string,
  readonly string[],
  string,
]): Promise<Poisoning> {
  // Private (BEP 27), so that the second leech is not told of the others and has only the first indeed.
  const plan = { pieceLength: 131_072, isPrivate: true };
  const sample = randomTorrent(content, plan);
  const crowd = await startCrowd({ content, behaviours, ...plan });
  let corruptServed = 0;
  try {
    const download = await measureDownload(sample, crowd.peers, async (_, client) => {
      const second = await measureDownload(sample, [{ host: '127.0.0.1', port: await client.listen() }]);
      corruptServed = second.rejectedPieces;
    });
    const isHonest = (port: number) => behaviours[crowd.peers.findIndex((peer) => peer.port === port)] === 'honest';
    const honestBanned = download.banned.filter(isHonest).length;
    return { name, download, honestBanned, poisonersBanned: download.banned.length - honestBanned, corruptServed };
  } finally {
    crowd.close();
  }
}
