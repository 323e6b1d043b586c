import { PeerLink } from '@unchoke/wire';

const COUNT = 10_000;
const INFO_HASH = new Uint8Array(20).fill(0xaa);

/** Bytes of memory for one link that is greeted, has both extended handshakes, and then is quiet. Needs `--expose-gc`. */
export function measureIdleLink(): number {
  const collect = globalThis.gc;
  if (collect === undefined) throw new Error('run node with --expose-gc');
  const links: PeerLink[] = [];
  collect();
  const before = memory();
  for (let index = 0; index < COUNT; index++) links.push(quietLink());
  collect();
  const perLink = Math.round((memory() - before) / links.length);
  if (links.some(({ heldBytes }) => heldBytes > 0)) throw new Error('these links are not idle');
  return perLink;
}

function memory(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function quietLink(): PeerLink {
  const torrent = { totalLength: 1_000_000_000, pieceLength: 262_144 };
  const us = new PeerLink({ infoHash: INFO_HASH, torrent, peerId: new Uint8Array(20).fill(1) });
  const peer = new PeerLink({ infoHash: INFO_HASH, torrent, peerId: new Uint8Array(20).fill(2) });
  peer.receive(us.greet());
  us.receive(peer.greet());
  us.receive(peer.send({ type: 'extended-handshake', handshake: { client: 'a peer' } }));
  peer.receive(us.send({ type: 'extended-handshake', handshake: { client: 'Unchoke' } }));
  us.receive(peer.send({ type: 'have-all' }));
  return us;
}
