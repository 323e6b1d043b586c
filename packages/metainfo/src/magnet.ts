import type { HostPort } from './metainfo.js';
import type { MetainfoNote } from './notes.js';

/**
 * Files from `first` to `last`, both included, counted from 0 (BEP 53).
 *
 * @example
 * ```ts
 * import { type FileRange, parseMagnet } from '@unchoke/metainfo';
 *
 * const magnet = parseMagnet('magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a&so=0,4-6');
 * const ranges: readonly FileRange[] | undefined = magnet.selectedFiles;
 * console.assert(ranges?.length === 2 && ranges[1]?.last === 6);
 * ```
 */
export interface FileRange {
  readonly first: number;
  readonly last: number;
}

/**
 * What a magnet link says (BEP 9, BEP 53). At least one of the two hashes is there.
 *
 * @example
 * ```ts
 * import { type Magnet, parseMagnet } from '@unchoke/metainfo';
 *
 * const magnet: Magnet = parseMagnet('magnet:?xt=urn:btih:YEX6DQDLXISUVHOJ6UM3GNNKPQJWPKEK&dn=a+film');
 * console.assert(magnet.infoHash?.length === 20 && magnet.name === 'a film');
 * ```
 */
export interface Magnet {
  /** `xt=urn:btih:`: the v1 info-hash, 20 bytes. */
  readonly infoHash: Uint8Array | undefined;
  /** `xt=urn:btmh:`: the v2 info-hash, 32 bytes. */
  readonly infoHashV2: Uint8Array | undefined;
  /** `dn`: what to call it until the torrent is there. */
  readonly name: string | undefined;
  /** `xl`: bytes of content. */
  readonly length: number | undefined;
  /** `tr`: no tiers are known here; each is a tier of its own. */
  readonly trackers: readonly string[];
  /** `ws`: web seeds (BEP 19). */
  readonly webSeeds: readonly string[];
  /** `xs`: where the torrent itself may be had. */
  readonly exactSources: readonly string[];
  /** `as`: where else the content may be had. */
  readonly acceptableSources: readonly string[];
  /** `x.pe`: peers to ask first (BEP 9). */
  readonly peers: readonly HostPort[];
  /** `so`: the files to download, sorted and without overlaps; `undefined` for all (BEP 53). */
  readonly selectedFiles: readonly FileRange[] | undefined;
  /** Parameters that made no sense and were left out; `offset` counts characters of the link. */
  readonly notes: readonly MetainfoNote[];
}
