import { open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { editMetainfo, type Metainfo, type MetainfoChanges, parseMetainfo } from '@unchoke/metainfo';
import { hashes } from '@unchoke/metainfo/node';
import { EXIT } from './exit-codes.js';
import { Failure } from './failure.js';
import { hex, printable } from './format.js';
import { infoAsJson } from './info.js';
import { Output, type OutputOptions } from './output.js';
import { type ReadOptions, readTorrentFile } from './read-torrent-file.js';

/** A text replaces, `false` removes, nothing leaves as it is. */
type TextChange = string | false | undefined;

export interface EditOptions extends OutputOptions, ReadOptions {
  readonly out?: string;
  readonly inPlace?: boolean;
  readonly tracker: readonly string[];
  readonly addTracker: readonly string[];
  readonly removeTracker: readonly string[];
  readonly trackers: boolean;
  readonly webSeed: readonly string[];
  readonly webSeeds: boolean;
  readonly comment?: TextChange;
  readonly createdBy?: TextChange;
  readonly date: boolean;
  readonly private?: boolean;
  readonly source?: TextChange;
}

/** Changes a torrent; every byte that is not concerned stays, and so does the info-hash unless what it covers is changed. */
export async function edit(path: string, options: EditOptions): Promise<void> {
  const output = new Output(options);
  if ((options.out === undefined) === (options.inPlace !== true)) {
    throw new Failure(EXIT.badOption, 'edit: say either --out FILE or --in-place');
  }
  const before = await readTorrentFile(path, options, output);
  const changes = changesOf(before, options);
  if (Object.keys(changes).length === 0) throw new Failure(EXIT.badOption, 'edit: say what to change; see --help');
  const bytes = editMetainfo(await readFile(path), changes);
  const after = parseMetainfo(bytes, hashes);
  const out = options.out ?? path;
  if (options.inPlace === true) await replaceFile(path, bytes);
  else await writeFile(out, bytes, { flag: 'wx' });
  const hash = hashOf(after);
  const verdict =
    hash === hashOf(before) ? `${hash}, as before` : `${hash}, which was ${hashOf(before)}: another torrent for peers`;
  output.result('edited', { torrent: out, ...infoAsJson(after) }, `${printable(out)}: ${verdict}`);
}

function changesOf(before: Metainfo, options: EditOptions): MetainfoChanges {
  const { comment, createdBy, source, private: isPrivate, webSeed, webSeeds, date } = options;
  const tiers = tiersOf(before, options);
  return {
    ...(tiers === undefined ? {} : { trackerTiers: tiers }),
    ...(webSeeds && webSeed.length === 0 ? {} : { webSeeds: webSeed }),
    ...(comment === undefined ? {} : { comment: textOf(comment) }),
    ...(createdBy === undefined ? {} : { createdBy: textOf(createdBy) }),
    ...(source === undefined ? {} : { source: textOf(source) }),
    ...(date ? {} : { creationDate: undefined }),
    ...(isPrivate === undefined ? {} : { isPrivate }),
  };
}

function textOf(change: string | false): string | undefined {
  return change === false || change === '' ? undefined : change;
}

function tiersOf(before: Metainfo, options: EditOptions): MetainfoChanges['trackerTiers'] {
  const { tracker, addTracker, removeTracker, trackers } = options;
  if (trackers && tracker.length + addTracker.length + removeTracker.length === 0) return undefined;
  const unknown = removeTracker.find((url) => !before.trackerTiers.flat().includes(url));
  if (unknown !== undefined)
    throw new Failure(EXIT.badOption, `--remove-tracker ${unknown}: the torrent has no such tracker`);
  const kept = trackers && tracker.length === 0 ? before.trackerTiers : tracker.map((url) => [url]);
  const left = kept.map((tier) => tier.filter((url) => !removeTracker.includes(url)));
  return [...left.filter((tier) => tier.length > 0), ...addTracker.map((url) => [url])];
}

/** At every moment either the old or the new torrent is there, whole. */
async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}.new`;
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function hashOf({ infoHash, infoHashV2 }: Metainfo): string | undefined {
  return hex(infoHash ?? infoHashV2);
}
