import type { Metainfo } from '@unchoke/metainfo';
import { readTorrent } from '@unchoke/metainfo/node';
import { formatBytes, printable } from './format.js';

/** What a torrent file says. */
export async function info(path: string, { json }: { readonly json?: boolean }): Promise<void> {
  const metainfo = await readTorrent(path);
  process.stdout.write(json === true ? `${JSON.stringify(asJson(metainfo))}\n` : asText(metainfo));
}

function asJson(metainfo: Metainfo): object {
  const { infoHash, infoHashV2, name, pieceLength, pieceCount, totalLength, isPrivate, files, trackerTiers } = metainfo;
  const { webSeeds, comment, createdBy, creationDate } = metainfo;
  return {
    infoHash: hex(infoHash) ?? null,
    infoHashV2: hex(infoHashV2) ?? null,
    name,
    pieceLength,
    pieceCount,
    totalLength,
    private: isPrivate,
    files: files.filter(({ isPad }) => !isPad).map(({ path, length }) => ({ path: path.join('/'), length })),
    trackers: trackerTiers,
    webSeeds,
    comment: comment ?? null,
    createdBy: createdBy ?? null,
    creationDate: creationDate ?? null,
  };
}

function asText(metainfo: Metainfo): string {
  const {
    name,
    version,
    infoHash,
    infoHashV2,
    contentLength,
    pieceLength,
    pieceCount,
    isPrivate,
    files,
    trackerTiers,
    comment,
  } = metainfo;
  const facts: (readonly [label: string, value: string | undefined])[] = [
    ['Name', name],
    ['Info hash', hex(infoHash)],
    ['Info hash v2', hex(infoHashV2)],
    ['Version', version],
    ['Size', `${formatBytes(contentLength)} (${contentLength} bytes)`],
    ['Pieces', `${pieceCount} of ${formatBytes(pieceLength)}`],
    ['Private', isPrivate ? 'yes' : 'no'],
    ['Comment', comment],
    ...trackerTiers.map((tier, index) => [`Tier ${index + 1}`, tier.join(' ')] as const),
  ];
  const lines = facts.flatMap(([label, value]) =>
    value === undefined ? [] : [`${label.padEnd(13)}${printable(value)}`],
  );
  const shown = files
    .filter(({ isPad }) => !isPad)
    .map(({ path, length }) => `  ${formatBytes(length).padStart(10)}  ${printable(path.join('/'))}`);
  return `${[...lines, 'Files', ...shown].join('\n')}\n`;
}

function hex(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('hex');
}
