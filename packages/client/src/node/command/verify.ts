import { stat } from 'node:fs/promises';
import type { Metainfo } from '@unchoke/metainfo';
import { Geometry, type PieceIndex } from '@unchoke/pieces';
import { verifyStorage } from '@unchoke/pieces/node';
import { pieceHashes, storageFiles } from '../torrent-source.js';
import { meantFolder } from './content-folder.js';
import { EXIT } from './exit-codes.js';
import { Failure } from './failure.js';
import { counted, hex, printable } from './format.js';
import { showHashing } from './hashing-progress.js';
import { Output, type OutputOptions } from './output.js';
import { type ReadOptions, readTorrentFile } from './read-torrent-file.js';
import { StopSignals } from './stop-signals.js';

/** Hashes what is on disk. Answers the exit code: 32 when something is missing or wrong. */
export async function verify(path: string, folder: string, options: OutputOptions & ReadOptions): Promise<number> {
  const output = new Output(options);
  const metainfo = await readTorrentFile(path, options, output);
  await stat(folder);
  const geometry = new Geometry(metainfo);
  const stop = new StopSignals();
  const hashing = showHashing('verifying', output);
  const { verified, problem, isComplete } = await verifyStorage({
    root: folder,
    files: storageFiles(metainfo),
    geometry,
    hashes: pieceHashes(metainfo),
    signal: stop.signal,
    onProgress: ({ checked, total }) => hashing.at(checked * metainfo.pieceLength, total * metainfo.pieceLength),
  });
  hashing.end();
  stop.ignore();
  if (!isComplete) throw stop.failureFor(new Failure(EXIT.unknown, 'the check was ended early'));
  if (problem !== undefined) output.warn(problem.message);
  const meant = verified.isEmpty ? meantFolder(folder, metainfo) : undefined;
  if (meant !== undefined)
    output.warn(`${folder}: nothing of it is in there; did you mean the folder above, ${meant}?`);
  const exitCode = verified.isFull ? EXIT.ok : EXIT.checksum;
  const damaged = damagedFiles(metainfo, (piece) => verified.has(piece as PieceIndex));
  const badCount = geometry.pieceCount - verified.count;
  const facts = {
    name: metainfo.name,
    infoHash: hex(metainfo.infoHash) ?? null,
    infoHashV2: hex(metainfo.infoHashV2) ?? null,
    isComplete: verified.isFull,
    haveCount: verified.count,
    pieceCount: geometry.pieceCount,
    damagedFiles: damaged,
    exitCode,
  };
  const verdict = verified.isFull ? 'all good' : `${counted(badCount, 'piece')} missing or wrong`;
  const head = `${printable(metainfo.name)}: ${verified.count} of ${geometry.pieceCount} pieces, ${verdict}`;
  output.result('summary', facts, [head, ...damaged.map((file) => `  ${printable(file)}`)].join('\n'));
  return exitCode;
}

/** Files with a piece that is missing or wrong. */
function damagedFiles({ files, pieceLength }: Metainfo, isGood: (piece: number) => boolean): readonly string[] {
  return files
    .filter(({ offset, length, isPad }) => {
      if (isPad || length === 0) return false;
      const last = Math.floor((offset + length - 1) / pieceLength);
      for (let piece = Math.floor(offset / pieceLength); piece <= last; piece++) if (!isGood(piece)) return true;
      return false;
    })
    .map(({ path }) => path.join('/'));
}
