import type { BencodeNode } from '@unchoke/bencode';
import { optional, optionalText, shortTextOf } from './fields.js';
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

const NONE: readonly never[] = [];

export const EMPTY_OUTSIDE: OutsidePart = {
  trackerTiers: NONE,
  webSeeds: NONE,
  httpSeeds: NONE,
  nodes: NONE,
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
  if (node === undefined) return NONE;
  const urls = new Set<string>();
  if (node.type === 'list') node.map((item) => addWebSeed(item, urls, notes));
  else addWebSeed(node, urls, notes);
  return [...urls];
}

function addWebSeed(node: BencodeNode, urls: Set<string>, notes: Notes): void {
  const text = shortTextOf(node, LIMITS.urlBytesMax, notes);
  if (text === '') return;
  const url = text === undefined ? undefined : webSeedUrl(text);
  if (url === undefined) notes.add('web-seed-ignored', 'expected the URL of a web seed', node);
  else if (urls.has(url)) notes.add('web-seed-ignored', 'this web seed once more', node);
  else if (urls.size === LIMITS.webSeedCountMax) notes.add('web-seed-ignored', 'too many (webSeedCountMax)', node);
  else urls.add(url);
}

/** BEP 5: a list of pairs of host and port. */
function readNodes(root: BencodeNode, notes: Notes): readonly HostPort[] {
  const list = optional(root, 'nodes', 'list', notes);
  if (list === undefined) return NONE;
  const nodes: HostPort[] = [];
  for (const item of list.items()) {
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
  if (host === undefined || port?.type !== 'integer' || extra !== undefined) return undefined;
  const text = shortTextOf(host, LIMITS.urlBytesMax, notes);
  return text === undefined ? undefined : hostPort(text, port.bigintOrNumber());
}

function readDate(root: BencodeNode, notes: Notes): number | undefined {
  const node = optional(root, 'creation date', 'integer', notes);
  if (node === undefined) return undefined;
  const seconds = node.bigintOrNumber();
  if (typeof seconds === 'number' && seconds >= 0) return seconds;
  notes.add('field-ignored', 'expected seconds since 1970', node);
  return undefined;
}
