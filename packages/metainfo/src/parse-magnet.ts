import { MetainfoError } from './errors.js';
import { readExactTopic } from './exact-topic.js';
import { joinRanges, parseFileRanges } from './file-ranges.js';
import { parseHostPort } from './host-port.js';
import { LIMITS } from './limits.js';
import type { FileRange, Magnet } from './magnet.js';
import type { HostPort } from './metainfo.js';
import { Notes } from './notes.js';
import { percentDecode } from './percent.js';
import { trackerUrl, webSeedUrl } from './urls.js';

const PREFIX = /^\s*magnet:\?/i;

/**
 * Reads a magnet link. Only the hash matters: an `xt` that is wrong is an error that says why, anything else that makes no
 * sense is left out and noted.
 *
 * @throws {MetainfoError} `bad-magnet`, `missing-xt` or `bad-xt`.
 * @example
 * ```ts
 * import { parseMagnet } from '@unchoke/metainfo';
 *
 * const magnet = parseMagnet(
 *   'magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a&dn=name&tr=udp%3A%2F%2Ftracker.example%3A6969',
 * );
 * console.assert(magnet.name === 'name' && magnet.trackers[0] === 'udp://tracker.example:6969');
 * ```
 */
export function parseMagnet(link: string, options?: { readonly strict?: boolean }): Magnet {
  if (link.length > LIMITS.magnetLengthMax) {
    const problem = `has ${link.length} characters, more than ${LIMITS.magnetLengthMax} (magnetLengthMax)`;
    throw new MetainfoError('bad-magnet', problem, '');
  }
  const prefix = PREFIX.exec(link)?.[0];
  if (prefix === undefined) throw new MetainfoError('bad-magnet', 'a magnet link begins with "magnet:?"', '', 0);
  const reader = new MagnetReader(options?.strict ?? false);
  let offset = prefix.length;
  let count = 0;
  for (const parameter of link
    .slice(offset)
    .trimEnd()
    .split('&', LIMITS.magnetParameterCountMax + 1)) {
    if (count++ === LIMITS.magnetParameterCountMax) reader.tooMany(offset);
    else reader.add(parameter, offset);
    offset += parameter.length + 1;
  }
  return reader.finish();
}

/** `tr.1`, `xt.2`: some links count their parameters, which means nothing. */
const COUNTED = /^(xt|tr|ws|xs|as|x\.pe)\.\d+$/;

class MagnetReader {
  readonly #notes: Notes;
  #infoHash: Uint8Array | undefined;
  #infoHashV2: Uint8Array | undefined;
  #otherTopic: string | undefined;
  #name: string | undefined;
  #length: number | undefined;
  readonly #trackers: Set<string> = new Set();
  readonly #webSeeds: Set<string> = new Set();
  readonly #exactSources: Set<string> = new Set();
  readonly #acceptableSources: Set<string> = new Set();
  readonly #peers: Map<string, HostPort> = new Map();
  readonly #ranges: FileRange[] = [];
  #isSelective = false;

  constructor(isStrict: boolean) {
    this.#notes = new Notes(isStrict);
  }

  add(parameter: string, offset: number): void {
    const cut = parameter.indexOf('=');
    if (cut === -1) {
      if (parameter !== '') this.#ignore(percentDecode(parameter), offset, 'has no value');
      return;
    }
    // Links copied out of HTML keep its `&amp;`.
    const rawKey = percentDecode(parameter.slice(0, cut)).toLowerCase().replace(/^amp;/, '');
    const key = COUNTED.exec(rawKey)?.[1] ?? rawKey;
    const value = parameter.slice(cut + 1);
    // Only in names do people write a plus for a space; in the query of a tracker's URL it can be meant.
    this.#take(key, percentDecode(key === 'dn' ? value.replaceAll('+', ' ') : value), offset);
  }

  tooMany(offset: number): void {
    this.#ignore('', offset, `more than ${LIMITS.magnetParameterCountMax} parameters (magnetParameterCountMax)`);
  }

  finish(): Magnet {
    if (this.#infoHash === undefined && this.#infoHashV2 === undefined) {
      const other = this.#otherTopic;
      const found = other === undefined ? 'has no xt' : `has only an xt of another network: ${other.slice(0, 80)}`;
      const problem = `the link ${found}; a torrent needs xt=urn:btih: or xt=urn:btmh:`;
      throw new MetainfoError('missing-xt', problem, 'xt');
    }
    return {
      infoHash: this.#infoHash,
      infoHashV2: this.#infoHashV2,
      name: this.#name,
      length: this.#length,
      trackers: [...this.#trackers],
      webSeeds: [...this.#webSeeds],
      exactSources: [...this.#exactSources],
      acceptableSources: [...this.#acceptableSources],
      peers: [...this.#peers.values()],
      selectedFiles: this.#isSelective ? joinRanges(this.#ranges) : undefined,
      notes: this.#notes.list,
    };
  }

  #take(key: string, value: string, offset: number): void {
    if (key === 'xt') this.#takeTopic(value, offset);
    else if (key === 'dn') this.#name ??= value;
    else if (key === 'xl') this.#takeLength(value, offset);
    else if (key === 'tr') this.#takeUrl(key, trackerUrl(value), this.#trackers, offset);
    else if (key === 'ws') this.#takeUrl(key, webSeedUrl(value), this.#webSeeds, offset);
    else if (key === 'xs') this.#takeUrl(key, sourceOf(value), this.#exactSources, offset);
    else if (key === 'as') this.#takeUrl(key, sourceOf(value), this.#acceptableSources, offset);
    else if (key === 'x.pe') this.#takePeer(value, offset);
    else if (key === 'so') this.#takeRanges(value, offset);
  }

  #takeTopic(xt: string, offset: number): void {
    const topic = readExactTopic(xt, offset);
    if (topic === undefined) {
      this.#otherTopic = xt;
      return;
    }
    const known = topic.type === 'v1' ? this.#infoHash : this.#infoHashV2;
    if (known?.some((byte, index) => byte !== topic.hash[index])) {
      throw new MetainfoError('bad-xt', `names a second ${topic.type} torrent; a link is for one`, 'xt', offset);
    }
    if (topic.type === 'v1') this.#infoHash = topic.hash;
    else this.#infoHashV2 = topic.hash;
  }

  #takeLength(value: string, offset: number): void {
    const length = /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
    if (Number.isSafeInteger(length)) this.#length ??= length;
    else this.#ignore('xl', offset, 'expected a number of bytes');
  }

  #takeUrl(key: string, url: string | undefined, urls: Set<string>, offset: number): void {
    if (url === undefined) this.#ignore(key, offset, 'expected a URL of that kind');
    else urls.add(url);
  }

  #takePeer(value: string, offset: number): void {
    const peer = parseHostPort(value);
    if (peer === undefined) this.#ignore('x.pe', offset, 'expected host:port or [address]:port');
    else this.#peers.set(`${peer.host} ${peer.port}`, peer);
  }

  #takeRanges(value: string, offset: number): void {
    const ranges = parseFileRanges(value);
    if (ranges === undefined) {
      this.#ignore('so', offset, 'expected indices and ranges of files like 0,2,4-6 (BEP 53)');
      return;
    }
    this.#isSelective = true;
    for (const range of ranges) this.#ranges.push(range);
  }

  #ignore(key: string, offset: number, problem: string): void {
    this.#notes.add('parameter-ignored', problem, { path: key.slice(0, 80), offset });
  }
}

/** A URL or URN; which ones may be fetched is for the caller to say. */
function sourceOf(value: string): string | undefined {
  const isSource = value.length <= LIMITS.urlBytesMax && /^[a-z][a-z0-9+.-]*:[^\s]+$/i.test(value);
  return isSource ? value : undefined;
}
