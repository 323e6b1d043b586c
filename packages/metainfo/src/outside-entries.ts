import type { Encodable } from '@unchoke/bencode';
import { MetainfoError } from './errors.js';
import { hostPort } from './host-port.js';
import type { OutsideSpec } from './metainfo-spec.js';
import { trackerUrl, webSeedUrl } from './urls.js';

/** Nothing under this key: remove it where it stands. */
export const ABSENT = undefined;

/** The entries of a torrent's dictionary that a spec asks for, by key; only for what the spec mentions. */
export function outsideEntries(spec: OutsideSpec): ReadonlyMap<string, Encodable | typeof ABSENT> {
  const entries = new Map<string, Encodable | typeof ABSENT>();
  if (spec.trackerTiers !== undefined) addTrackers(entries, spec.trackerTiers);
  if (spec.webSeeds !== undefined) entries.set('url-list', nonEmpty(spec.webSeeds.map(webSeed)));
  if (spec.httpSeeds !== undefined) entries.set('httpseeds', nonEmpty(spec.httpSeeds.map(webSeed)));
  if (spec.nodes !== undefined) {
    entries.set(
      'nodes',
      nonEmpty(
        spec.nodes.map(({ host, port }) => {
          if (hostPort(host, port) === undefined) throw bad('nodes', `${host}:${port} is no address`);
          return [host, port];
        }),
      ),
    );
  }
  addText(entries, 'comment', spec.comment, 'comment' in spec);
  addText(entries, 'created by', spec.createdBy, 'createdBy' in spec);
  addText(entries, 'encoding', spec.encoding, 'encoding' in spec);
  if ('creationDate' in spec) {
    const { creationDate } = spec;
    if (creationDate !== undefined && !(Number.isSafeInteger(creationDate) && creationDate >= 0)) {
      throw bad('creationDate', `must be whole seconds since 1970, is ${creationDate}`);
    }
    entries.set('creation date', creationDate);
  }
  return entries;
}

/** A text, and no older variant of it beside it. */
export function addText(
  entries: Map<string, Encodable | typeof ABSENT>,
  key: string,
  text: string | undefined,
  isMentioned: boolean,
): void {
  if (!isMentioned) return;
  entries.set(key, text);
  entries.set(`${key}.utf-8`, ABSENT);
}

/** BEP 12: `announce-list` only where it says more than `announce`. */
function addTrackers(
  entries: Map<string, Encodable | typeof ABSENT>,
  trackerTiers: readonly (readonly string[])[],
): void {
  for (const url of trackerTiers.flat()) {
    if (trackerUrl(url) !== url) throw bad('trackerTiers', `${JSON.stringify(url)} is no URL of a tracker`);
  }
  const tiers = trackerTiers.filter((tier) => tier.length > 0);
  entries.set('announce', tiers[0]?.[0]);
  entries.set('announce-list', tiers.flat().length > 1 ? tiers : ABSENT);
}

function webSeed(url: string): string {
  if (webSeedUrl(url) === url) return url;
  throw bad('webSeeds', `${JSON.stringify(url)} is no URL of a web seed`);
}

function nonEmpty<Item extends Encodable>(items: readonly Item[]): readonly Item[] | typeof ABSENT {
  return items.length > 0 ? items : ABSENT;
}

function bad(path: string, problem: string): MetainfoError {
  return new MetainfoError('bad-spec', problem, path);
}
