import type { BencodeNode } from '@unchoke/bencode';
import { optional, optionalText, textOf } from './fields.js';
import { hostPort } from './host-port.js';
import { LIMITS } from './limits.js';
import type { HostPort, Metainfo } from './metainfo.js';
import type { Notes } from './notes.js';
import { readTrackerTiers } from './tracker-tiers.js';
import { webSeedUrl } from './urls.js';

/** What stands around the info dictionary. None of it can make a torrent unusable: what is odd is noted and left out. */
export type OutsidePart = Pick<
  Metainfo,
  'trackerTiers' | 'webSeeds' | 'httpSeeds' | 'nodes' | 'comment' | 'createdBy' | 'creationDate' | 'encoding'
>;

export const EMPTY_OUTSIDE: OutsidePart = {
  trackerTiers: [],
  webSeeds: [],
  httpSeeds: [],
  nodes: [],
  comment: undefined,
  createdBy: undefined,
  creationDate: undefined,
  encoding: undefined,
};

export function readOutside(root: BencodeNode, notes: Notes): OutsidePart {
  return {
    trackerTiers: readTrackerTiers(root, notes),
    webSeeds: readWebSeeds(root.find('url-list'), notes),
    httpSeeds: readWebSeeds(root.find('httpseeds'), notes),
    nodes: readNodes(root, notes),
    comment: optionalText(root, 'comment', notes),
    createdBy: optionalText(root, 'created by', notes),
    creationDate: readDate(root, notes),
    encoding: optionalText(root, 'encoding', notes),
  };
}

/** BEP 19 and BEP 17; both occur as a list and as one string, and an empty string means none. */
function readWebSeeds(node: BencodeNode | undefined, notes: Notes): readonly string[] {
  if (node === undefined) return [];
  const urls = new Set<string>();
  for (const item of node.type === 'list' ? node.items() : [node]) {
    if (item.type === 'string' && item.bytes().length === 0) continue;
    const url = item.type === 'string' && isShort(item) ? webSeedUrl(textOf(item, notes)) : undefined;
    if (url === undefined) notes.add('web-seed-ignored', 'expected the URL of a web seed', item);
    else if (urls.has(url)) notes.add('web-seed-ignored', 'this web seed once more', item);
    else if (urls.size === LIMITS.webSeedCountMax) notes.add('web-seed-ignored', 'too many (webSeedCountMax)', item);
    else urls.add(url);
  }
  return [...urls];
}

/** BEP 5: a list of pairs of host and port. */
function readNodes(root: BencodeNode, notes: Notes): readonly HostPort[] {
  const node = optional(root, 'nodes', 'list', notes);
  const nodes: HostPort[] = [];
  if (node === undefined) return nodes;
  for (const item of node.items()) {
    const pair = readPair(item, notes);
    if (pair === undefined) notes.add('node-ignored', 'expected a host and a port (BEP 5)', item);
    else if (nodes.length === LIMITS.nodeCountMax) notes.add('node-ignored', 'too many (nodeCountMax)', item);
    else nodes.push(pair);
  }
  return nodes;
}

function readPair(node: BencodeNode, notes: Notes): HostPort | undefined {
  if (node.type !== 'list') return undefined;
  const [host, port, extra] = node.items();
  if (host?.type !== 'string' || port?.type !== 'integer' || extra !== undefined || !isShort(host)) return undefined;
  return hostPort(textOf(host, notes), port.bigintOrNumber());
}

function readDate(root: BencodeNode, notes: Notes): number | undefined {
  const node = optional(root, 'creation date', 'integer', notes);
  const seconds = node?.bigintOrNumber();
  if (node === undefined || (typeof seconds === 'number' && seconds >= 0)) return seconds as number | undefined;
  notes.add('field-ignored', 'expected seconds since 1970', node);
  return undefined;
}

function isShort(node: BencodeNode): boolean {
  return node.bytes().length <= LIMITS.urlBytesMax;
}
