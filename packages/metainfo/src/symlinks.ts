import type { BencodeNode } from '@unchoke/bencode';
import { refusal } from './fields.js';
import type { FileDraft } from './file-list.js';
import { LIMITS } from './limits.js';
import { nameKey } from './name-key.js';
import type { Notes } from './notes.js';
import { Folder } from './path-claims.js';
import { safeName } from './safe-name.js';
import type { TorrentFile } from './torrent-file.js';

/** A link (BEP 47) whose target is not yet known to exist. */
export interface PendingLink {
  readonly file: FileDraft;
  /** From the torrent's folder on. */
  readonly target: readonly string[];
  readonly node: BencodeNode;
}

/** BEP 47: a target begins at the torrent's folder and must not have `..` in it. */
export function linkTarget(names: readonly string[], torrentName: string, node: BencodeNode): readonly string[] {
  if (names.length === 0) throw refusal(node, 'bad-symlink', 'the target of the link has no names');
  if (names.includes('..')) throw refusal(node, 'bad-symlink', 'the target of the link has ".." in it (BEP 47)');
  return [torrentName, ...names].map(safeName);
}

/** Keeps the links that lead to a file or a folder of the torrent, through other links or not; the others become empty files. */
export function resolveLinks(links: readonly PendingLink[], root: Folder, notes: Notes): void {
  if (links.length === 0) return;
  const resolver = new LinkResolver(links, root);
  for (const link of links) {
    if (resolver.resolve(link, 1) !== undefined) link.file.symlinkTarget = link.target;
    else notes.add('symlink-ignored', 'the link leads to nothing in this torrent, or in a circle', link.node);
  }
}

interface Resolution {
  readonly found: Folder | TorrentFile;
  /** How many links lie on the way, this one included. */
  readonly chain: number;
}

/** Every link is followed once; what it leads to is remembered, so the work is that of reading all targets. */
class LinkResolver {
  readonly #links: ReadonlyMap<TorrentFile, PendingLink>;
  readonly #root: Folder;
  readonly #known: Map<PendingLink, Resolution | undefined> = new Map();

  constructor(links: readonly PendingLink[], root: Folder) {
    this.#links = new Map(links.map((link) => [link.file, link]));
    this.#root = root;
  }

  resolve(link: PendingLink, depth: number): Resolution | undefined {
    if (this.#known.has(link)) return this.#known.get(link);
    if (depth > LIMITS.symlinkChainMax) return undefined;
    // A circle comes back here and finds nothing.
    this.#known.set(link, undefined);
    const resolution = this.#follow(link.target, depth);
    if (resolution !== undefined) this.#known.set(link, resolution);
    return resolution;
  }

  #follow(target: readonly string[], depth: number): Resolution | undefined {
    let found: Folder | TorrentFile = this.#root;
    let chain = 1;
    for (const name of target) {
      if (!(found instanceof Folder)) return undefined;
      const child: Folder | TorrentFile | undefined = found.children.get(nameKey(name));
      if (child === undefined) return undefined;
      const link = child instanceof Folder ? undefined : this.#links.get(child);
      if (link === undefined) {
        found = child;
        continue;
      }
      const next = this.resolve(link, depth + 1);
      if (next === undefined) return undefined;
      chain = Math.max(chain, next.chain + 1);
      found = next.found;
    }
    if (!(found instanceof Folder) && found.isPad) return undefined;
    return chain > LIMITS.symlinkChainMax ? undefined : { found, chain };
  }
}
