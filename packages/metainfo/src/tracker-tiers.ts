import type { BencodeNode } from '@unchoke/bencode';
import { optional, shortTextOf } from './fields.js';
import { LIMITS } from './limits.js';
import type { Notes } from './notes.js';
import { trackerUrl } from './urls.js';

/**
 * BEP 12: `announce-list` counts, and `announce` only without it. Tiers keep their order; trackers that are no URL of one,
 * or that stood in an earlier place already, are left out, and so are tiers with nothing left.
 */
export function readTrackerTiers(root: BencodeNode, notes: Notes): readonly (readonly string[])[] {
  const found = new TrackerTiers(notes);
  optional(root, 'announce-list', 'list', notes)?.map((tier) => found.addTier(tier));
  const announce = found.tiers.length === 0 ? root.find('announce') : undefined;
  if (announce !== undefined && !isEmpty(announce)) found.addTier(announce);
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
    if (node.type === 'list') node.map((item) => this.#add(item, tier));
    else this.#add(node, tier);
    if (tier.length > 0) this.tiers.push(tier);
  }

  #add(node: BencodeNode, tier: string[]): void {
    const text = shortTextOf(node, LIMITS.urlBytesMax, this.#notes);
    const url = text === undefined ? undefined : trackerUrl(text);
    if (url === undefined) this.#ignore('expected the URL of a tracker: http, https, udp, ws or wss', node);
    else if (this.#seen.has(url)) this.#ignore('this tracker once more', node);
    else if (this.#seen.size === LIMITS.trackerCountMax) this.#ignore('too many (trackerCountMax)', node);
    else {
      this.#seen.add(url);
      tier.push(url);
    }
  }

  #ignore(problem: string, node: BencodeNode): void {
    this.#notes.add('tracker-ignored', problem, node);
  }
}

function isEmpty(node: BencodeNode): boolean {
  return node.type === 'string' && node.byteText() === '';
}
