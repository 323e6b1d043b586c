import { readTorrent } from '@unchoke/metainfo/node';
import { Geometry } from '@unchoke/pieces';
import { verifyStorage } from '@unchoke/pieces/node';
import { pieceHashes, storageFiles } from '../torrent-source.js';
import { EXIT } from './exit-codes.js';
import { printable } from './format.js';

/** Hashes what is on disk. Answers the exit code: 32 when something is missing or wrong. */
export async function verify(torrentPath: string, folder: string): Promise<number> {
  const metainfo = await readTorrent(torrentPath);
  const geometry = new Geometry(metainfo);
  const files = storageFiles(metainfo);
  const { verified, problem } = await verifyStorage({ root: folder, files, geometry, hashes: pieceHashes(metainfo) });
  if (problem !== undefined) process.stderr.write(`${printable(problem.message)}\n`);
  const verdict = verified.isFull ? 'all good' : `${geometry.pieceCount - verified.count} missing or wrong`;
  process.stdout.write(`${printable(metainfo.name)}: ${verified.count} of ${geometry.pieceCount} pieces, ${verdict}\n`);
  return verified.isFull ? EXIT.ok : EXIT.checksum;
}
