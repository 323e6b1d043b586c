import { type RandomTorrent, randomTorrent, startMockPeer } from '@unchoke/mock-peer';
import { startMockTracker } from '@unchoke/mock-tracker';
import type { ChurnOrder } from './churn.js';

// A process of its own: a tracker, and so many peers at any time, each of which leaves after a while and is followed by another.
process.once('message', async ({ contents, pieceLength, peers, stayMs, us }: ChurnOrder) => {
  const torrents = contents.map((content) => randomTorrent(content, { pieceLength }));
  const tracker = await startMockTracker({ intervalS: 60, requestsKept: 0 });
  let visits = 0;
  const visit = async (number: number): Promise<void> => {
    const { torrent, content } = torrents[number % torrents.length]!;
    // We have all but the last: another seed of those would leave at once.
    const isSeed = number % torrents.length === torrents.length - 1 && Math.random() < SEED_SHARE;
    const own = isSeed ? { role: 'seed', content } : { role: 'leech', content: sieve(content) };
    const peer = await startMockPeer({ torrent, tracker: tracker.announceUrl, ...(own as { role: 'seed' }) });
    visits++;
    peer.dial(us);
    await new Promise((resolve) => setTimeout(resolve, stayMs * (0.2 + 1.6 * Math.random())));
    await peer.close();
  };
  const keepOne = async (number: number): Promise<void> => {
    // All at once is no crowd: they come one after the other at first.
    await new Promise((resolve) => setTimeout(resolve, (number / peers) * stayMs));
    while (process.connected) await visit(number);
  };
  for (let number = 0; number < peers; number++) void keepOne(number);
  process.on('message', () => process.send!(visits));
  process.send!(tracker.announceUrl);
});
process.once('disconnect', () => process.exit());

const SEED_SHARE = 0.3;

/** What a leech verified it need not keep: it is what the truth says. A hundred of them take no memory. */
function sieve(content: RandomTorrent['content']): RandomTorrent['content'] & { write(): void } {
  return { ...content, write: () => undefined };
}
