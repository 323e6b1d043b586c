import { expect, test } from 'vitest';
import {
  type MockTorrent,
  makeTorrent,
  memoryStore,
  randomContent,
  readTorrent,
  sha1,
  startMockPeer,
} from '../src/index.js';

const content = randomContent(1_000_003, 7);
const torrent: MockTorrent = readTorrent(makeTorrent({ name: 'noise', content, pieceLength: 32_768 }, sha1), sha1);

test('a leech downloads everything from a seed and keeps exactly the content', async () => {
  const seed = await startMockPeer({ torrent, content });
  const store = memoryStore(torrent.totalLength);
  const leech = await startMockPeer({ torrent, role: 'leech', content: store, peers: [seed] });
  expect(await leech.completed).toBe(true);
  expect(leech.heldCount).toBe(torrent.pieceCount);
  expect(seed.uploadedLength).toBe(content.length);
  expect(Buffer.compare(store.read(0, store.length), content.read(0, content.length))).toBe(0);
  await leech.close();
  await seed.close();
});
