import { formatMagnet, type HostPort, type Metainfo } from '@unchoke/metainfo';
import { type Selection, selectedFiles } from './file-list.js';
import { Output, type OutputOptions } from './output.js';
import { type ReadOptions, readTorrentFile } from './read-torrent-file.js';

export interface MagnetOptions extends OutputOptions, ReadOptions, Selection {
  readonly tracker: readonly string[];
  readonly trackers: boolean;
  readonly peer: readonly HostPort[];
}

/** The magnet link of a torrent. */
export async function magnet(path: string, options: MagnetOptions): Promise<void> {
  const output = new Output(options);
  const metainfo = await readTorrentFile(path, options, output);
  if (metainfo.isPrivate)
    output.warn(`${path}: a private torrent; through a link only its trackers can tell of peers, and many refuse it`);
  const link = formatMagnet({
    infoHash: metainfo.infoHash,
    infoHashV2: metainfo.infoHashV2,
    name: metainfo.name,
    length: metainfo.contentLength,
    trackers: options.trackers ? [...metainfo.trackerTiers.flat(), ...options.tracker] : options.tracker,
    webSeeds: metainfo.webSeeds,
    peers: options.peer,
    selectedFiles: rangesOf(metainfo, options),
  });
  if (output.isJson) output.json('magnet', { magnet: link });
  // A magnet link is plain ASCII, and who wants only it gets only it, also with -q.
  else process.stdout.write(`${link}\n`);
}

function rangesOf(metainfo: Metainfo, selection: Selection) {
  return selectedFiles(metainfo, selection)?.map((index) => ({ first: index, last: index }));
}
