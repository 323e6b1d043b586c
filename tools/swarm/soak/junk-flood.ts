import { randomTorrent } from '@unchoke/mock-peer';
import { forkSource, startCrowd } from './crowd.js';
import { type Download, measureDownload } from './download.js';

/** What the process that floods is told. */
export interface JunkOrder {
  readonly port: number;
  readonly sockets: number;
  readonly framesPerSecond: number;
  readonly infoHash: string;
}

export interface JunkFlood {
  readonly quiet: Download;
  readonly flooded: Download;
  readonly framesPerSecond: number;
  /** Of the throughput without the flood. */
  readonly throughputShare: number;
}

/** T5: malformed frames from 8 sockets, beside a download from one honest seed. */
export async function sufferJunk(mib: number): Promise<JunkFlood> {
  const content = `${mib}MiB:5`;
  const pieceLength = 131_072;
  const sample = randomTorrent(content, { pieceLength });
  const infoHash = Buffer.from(sample.torrent.infoHash).toString('hex');
  const seed = await startCrowd({ content, pieceLength, behaviours: ['honest'] });
  const flood = forkSource('./junk-process.ts');
  const heard = () => new Promise<unknown>((resolve) => flood.once('message', resolve));
  try {
    const quiet = await measureDownload(sample, seed.peers);
    let framesPerSecond = 0;
    const flooded = await measureDownload(sample, seed.peers, async (torrent, client) => {
      // Who is thrown out needs a moment to come back: of these, more than 50,000 arrive.
      const order: JunkOrder = { port: await client.listen(), sockets: 8, framesPerSecond: 160_000, infoHash };
      flood.send(order);
      await heard();
      const startMs = performance.now();
      await torrent.done;
      flood.send('how many?');
      framesPerSecond = Math.round((Number(await heard()) * 1000) / (performance.now() - startMs));
    });
    const throughputShare = Math.round((quiet.seconds / flooded.seconds) * 100) / 100;
    return { quiet, flooded, framesPerSecond, throughputShare };
  } finally {
    seed.close();
    flood.kill('SIGKILL');
  }
}
