import { bundledBehaviour, randomTorrent, startMockPeer } from '@unchoke/mock-peer';
import type { CrowdOrder } from './crowd.js';

// A process of its own, so that what the crowd costs is not counted as ours.
process.once('message', async ({ content: spec, pieceLength, isPrivate = false, behaviours, us }: CrowdOrder) => {
  const { torrent, content } = randomTorrent(spec, { pieceLength, isPrivate });
  const ports: number[] = [];
  for (const name of behaviours) {
    const behaviour = name === 'honest' ? undefined : bundledBehaviour(name);
    const role = behaviour?.role ?? 'seed';
    const peer = await startMockPeer({
      torrent,
      role,
      ...(role === 'seed' ? { content } : {}),
      ...(behaviour === undefined ? {} : { behaviour }),
    });
    if (us !== undefined && role === 'leech') peer.dial(us);
    ports.push(peer.port);
  }
  process.send!(ports);
});
process.once('disconnect', () => process.exit());
