// The npm packages @ctrl/torrent-file and @ctrl/magnet-link as a subject, where they are installed.
import { magnetDecode } from '@ctrl/magnet-link';
import { files, hash, info } from '@ctrl/torrent-file';
import { serve, versionOf } from './line-protocol.mjs';

function torrent(buffer) {
  // A copy: the package takes all of the memory that a Buffer may share.
  const bytes = new Uint8Array(buffer);
  const { name, urlList, private: isPrivate } = info(bytes);
  const content = files(bytes);
  return {
    infoHash: hash(bytes),
    name,
    pieceLength: content.pieceLength,
    pieceCount: content.pieces.length,
    totalLength: content.length,
    files: content.files.map(({ path, length }) => ({ path: path.split('/'), length })),
    webSeeds: urlList,
    private: isPrivate ?? false,
  };
}

function magnet(bytes) {
  const read = magnetDecode(bytes.toString('utf8'));
  if (read.infoHash === undefined) throw new Error('no info-hash');
  return {
    infoHash: read.infoHash,
    name: read.name ?? null,
    trackers: read.announce ?? [],
    webSeeds: read.urlList ?? [],
    peers: read.peerAddresses ?? [],
  };
}

serve('@ctrl/torrent-file', versionOf('@ctrl/torrent-file'), {
  torrent,
  'torrent-check': (bytes) => torrent(bytes).pieceCount > 0,
  magnet,
  'magnet-peers': magnet,
});
