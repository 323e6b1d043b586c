import type { Metainfo } from '@unchoke/metainfo';
import { fileList, filesAsJson } from './file-list.js';
import { counted, formatBytes, hex, printable } from './format.js';
import { Output, type OutputOptions } from './output.js';
import { type ReadOptions, readTorrentFile } from './read-torrent-file.js';
import type { Paint } from './terminal.js';

/** What a torrent file says. */
export async function info(path: string, options: OutputOptions & ReadOptions): Promise<void> {
  const output = new Output(options, 'object');
  const metainfo = await readTorrentFile(path, options, output);
  if (output.isJson) process.stdout.write(`${JSON.stringify(infoAsJson(metainfo))}\n`);
  else process.stdout.write(`${asText(metainfo, output.paintResult)}\n`);
}

export function infoAsJson(metainfo: Metainfo): object {
  const { infoHash, infoHashV2, name, pieceLength, pieceCount, totalLength, isPrivate, trackerTiers } = metainfo;
  const { webSeeds, comment, createdBy, creationDate } = metainfo;
  return {
    infoHash: hex(infoHash) ?? null,
    infoHashV2: hex(infoHashV2) ?? null,
    name,
    pieceLength,
    pieceCount,
    totalLength,
    private: isPrivate,
    files: filesAsJson(metainfo),
    trackers: trackerTiers,
    webSeeds,
    comment: comment ?? null,
    createdBy: createdBy ?? null,
    creationDate: creationDate ?? null,
  };
}

function asText(metainfo: Metainfo, paint: Paint): string {
  const facts: (readonly [label: string, value: string | undefined])[] = [
    ['Name', metainfo.name],
    ['Info hash', hex(metainfo.infoHash)],
    ['Info hash v2', hex(metainfo.infoHashV2)],
    ['Version', metainfo.version],
    ['Size', `${formatBytes(metainfo.contentLength)} (${metainfo.contentLength} bytes)`],
    ['Pieces', `${metainfo.pieceCount} of ${formatBytes(metainfo.pieceLength)}`],
    ['Private', metainfo.isPrivate ? 'yes' : 'no'],
    ['Comment', metainfo.comment],
    ['Source', metainfo.source],
    ['Created by', metainfo.createdBy],
    ['Created', dateOf(metainfo.creationDate)],
    ...metainfo.trackerTiers.map((tier, index) => [`Tier ${index + 1}`, tier.join(' ')] as const),
    ...metainfo.webSeeds.map((url) => ['Web seed', url] as const),
  ];
  const lines = facts.flatMap(([label, value]) =>
    value === undefined ? [] : [`${paint('dim', label.padEnd(13))}${printable(value)}`],
  );
  const files = fileList(metainfo);
  return [...lines, paint('dim', counted(files.length, 'file')), ...files].join('\n');
}

function dateOf(seconds: number | undefined): string | undefined {
  const date = new Date((seconds ?? Number.NaN) * 1000);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString().replace('.000Z', 'Z');
}
