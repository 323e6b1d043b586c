import type { BencodeNode } from '@unchoke/bencode';
import { optional, textOf } from './fields.js';
import { LIMITS } from './limits.js';
import type { Notes } from './notes.js';
import { trackerUrl } from './urls.js';

/**
 * BEP 12: `announce-list` counts, and `announce` only without it. Tiers keep their order; trackers that are no URL of one,
 * or that stood in an earlier place already, are left out, and so are tiers with nothing left.
 */
export function readTrackerTiers(root: BencodeNode, notes: Notes): readonly (readonly string[])[] {
  const found = new TrackerTiers(notes);
  const tiers = optional(root, 'announce-list', 'list', notes);
  if (tiers !== undefined) for (const tier of tiers.items()) found.addTier(tier);
  const announce = root.find('announce');
  if (found.tiers.length === 0 && announce !== undefined && !isEmpty(announce)) found.addTier(announce);
  return found.tiers;
}

class TrackerTiers {
  readonly tiers: string[][] = [];
  readonly #seen: Set<string> = new Set();
  readonly #notes: Notes;

  constructor(notes: Notes) {
    this.#notes = notes;
  }

  /** A tier is a list; some programs write the URL of a tier of one without a list around it. */
  addTier(node: BencodeNode): void {
    const tier: string[] = [];
    for (const item of node.type === 'list' ? node.items() : [node]) {
      const url = this.#accept(item);
      if (url !== undefined) tier.push(url);
    }
    if (tier.length > 0) this.tiers.push(tier);
  }

  #accept(node: BencodeNode): string | undefined {
    const isShort = node.type === 'string' && node.bytes().length <= LIMITS.urlBytesMax;
    const url = isShort ? trackerUrl(textOf(node, this.#notes)) : undefined;
    if (url === undefined) return this.#ignore('expected the URL of a tracker: http, https, udp, ws or wss', node);
    if (this.#seen.has(url)) return this.#ignore('this tracker once more', node);
    if (this.#seen.size === LIMITS.trackerCountMax) return this.#ignore('too many (trackerCountMax)', node);
    this.#seen.add(url);
    return url;
  }

  #ignore(problem: string, node: BencodeNode): undefined {
    this.#notes.add('tracker-ignored', problem, node);
  }
}

function isEmpty(node: BencodeNode): boolean {
  return node.type === 'string' && node.bytes().length === 0;
}
