import { createServer } from 'node:net';
import { parseRandomContent, randomTorrent, startMockPeer } from '../src/index.js';

// One of the two senders that the bench compares, in a process of its own: `servers.ts mock|bare 1GiB:42`.
const [kind, sizeAndSeed = '64MiB:42'] = process.argv.slice(2);
const BLOCK = 16_384;

if (kind === 'mock') {
  const peer = await startMockPeer(randomTorrent(sizeAndSeed));
  console.log(JSON.stringify({ port: peer.port, infoHash: Buffer.from(peer.torrent.infoHash).toString('hex') }));
} else {
  // What a socket can do at most from Node: the same frames out of the same generator, one write per sixteen, asked for by nobody.
  const content = parseRandomContent(sizeAndSeed);
  const header = Buffer.from('0000400907000000000000000000000000', 'hex').subarray(0, 13);
  const server = createServer((socket) => {
    let at = 0;
    const pour = (): void => {
      let isOpen = true;
      while (isOpen && at < content.length) {
        socket.cork();
        for (let i = 0; i < 16 && at < content.length; i++, at += BLOCK) {
          socket.write(header);
          isOpen = socket.write(content.read(at, BLOCK));
        }
        socket.uncork();
      }
    };
    socket.on('drain', pour);
    socket.on('error', () => undefined);
    socket.once('data', pour);
  });
  server.listen(0, '127.0.0.1', () => {
    console.log(JSON.stringify({ port: (server.address() as { port: number }).port, infoHash: '' }));
  });
}
