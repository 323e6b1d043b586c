/*
 * Makes one v1 torrent in a process of its own, so that its memory can be told: node create-child.mjs <maker> <path> <piece length>
 * Prints the milliseconds from start to torrent, the peak memory of the process, and the info-hash.
 */
import { createHash } from 'node:crypto';

const [maker, path, pieceLength] = process.argv.slice(2);
const startMs = performance.now();
const infoHash = maker === 'create-torrent' ? await withCreateTorrent() : await withUnchoke();
const ms = performance.now() - startMs;
process.stdout.write(JSON.stringify({ ms, peakBytes: process.resourceUsage().maxRSS * 1024, infoHash }));

async function withUnchoke() {
  const { createTorrent } = await import('@unchoke/metainfo/node');
  const { metainfo } = await createTorrent(path, { pieceLength: Number(pieceLength), creationDate: 0 });
  return Buffer.from(metainfo.infoHash).toString('hex');
}

async function withCreateTorrent() {
  const { default: createTorrent } = await import('create-torrent');
  const { splitDict } = await import('@unchoke/bencode');
  const options = { pieceLength: Number(pieceLength), announceList: [['http://tracker.example/announce']] };
  const torrent = await new Promise((resolve, reject) => {
    createTorrent(path, options, (error, bytes) => (error ? reject(error) : resolve(bytes)));
  });
  return createHash('sha1').update(splitDict(torrent).get('info')).digest('hex');
}
