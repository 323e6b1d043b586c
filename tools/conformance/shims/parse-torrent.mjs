// The npm packages parse-torrent and magnet-uri as a subject, where they are installed.
import magnetUri from 'magnet-uri';
import parseTorrent from 'parse-torrent';
import { serve, versionOf } from './line-protocol.mjs';

async function torrent(bytes) {
  // It takes any 20 bytes for an info-hash, which a torrent never is.
  const read = await parseTorrent(bytes);
  return {
    infoHash: read.infoHash,
    name: read.name,
    pieceLength: read.pieceLength,
    pieceCount: read.pieces.length,
    totalLength: read.length,
    files: read.files.map(({ path, length }) => ({ path: path.split('/'), length })),
    webSeeds: read.urlList,
    private: read.private ?? false,
  };
}

function magnet(bytes) {
  const read = magnetUri(bytes.toString('utf8'));
  if (read.infoHash === undefined && read.infoHashV2 === undefined) throw new Error('no info-hash');
  return {
    infoHash: read.infoHash ?? null,
    infoHashV2: read.infoHashV2 ?? null,
    name: read.name ?? null,
    trackers: read.announce,
    webSeeds: read.urlList,
    peers: read.peerAddresses,
    select: read.so ?? null,
  };
}

serve('parse-torrent', versionOf('parse-torrent'), {
  torrent,
  'torrent-check': async (bytes) => (await torrent(bytes)).pieceCount > 0,
  magnet,
  'magnet-v2': magnet,
  'magnet-peers': magnet,
  'magnet-select': magnet,
});
