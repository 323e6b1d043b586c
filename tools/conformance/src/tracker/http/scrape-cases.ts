import type { Case } from '../../case.js';
import { fail, notApplicable } from '../../errors.js';
import { type Bencode, decodeBencode } from '../bencode.js';
import { percent, randomText } from '../bytes.js';
import type { TrackerSubject } from '../subject.js';
import { httpCase } from './http-case.js';
import { type HttpTracker, scrapePath, shown, withQuery } from './http-tracker.js';
import type { HttpAnswer } from './raw-http.js';

const SECTION = 'BEP 48';

type Counts = {
  readonly complete: Bencode | undefined;
  readonly incomplete: Bencode | undefined;
  readonly downloaded: Bencode | undefined;
};

/** What a scrape for these torrents brings, as it stands. */
async function scraped(tracker: HttpTracker, hashes: readonly string[]): Promise<HttpAnswer> {
  const path = scrapePath(tracker.address.path);
  if (path === undefined) notApplicable('its announce URL has no scrape URL');
  const query = hashes.map((hash) => `info_hash=${percent(hash)}`).join('&');
  const answer = await tracker.get(withQuery(path, query));
  if ([404, 405, 501].includes(answer.status)) notApplicable('it does not scrape');
  return answer;
}

/** The counts of each torrent that was asked for, as far as they are told. */
async function scrape(tracker: HttpTracker, hashes: readonly string[]): Promise<ReadonlyMap<string, Counts>> {
  const answer = await scraped(tracker, hashes);
  const value = decodeBencode(answer.body)?.value;
  const files = value instanceof Map ? value.get('files') : undefined;
  if (!(files instanceof Map)) return fail(`it answered with ${shown(answer)}`);
  const found = new Map<string, Counts>();
  for (const [hash, counts] of files) {
    if (!(counts instanceof Map)) return fail('the counts of a torrent are no dictionary');
    found.set(hash, {
      complete: counts.get('complete'),
      incomplete: counts.get('incomplete'),
      downloaded: counts.get('downloaded'),
    });
  }
  return found;
}

/** Scrapes of HTTP. */
export const scrapeCases: readonly Case<TrackerSubject>[] = [
  httpCase({
    id: 'bep48/tracker/scrape/counts',
    level: 'MUST',
    rule: 'A scrape tells for an info-hash of twenty bytes how many seeds and leeches there are.',
    section: SECTION,
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      await tracker.join(infoHash, { left: 0 });
      await tracker.join(infoHash);
      await tracker.join(infoHash);
      const counts = (await scrape(tracker, [infoHash])).get(infoHash);
      if (counts === undefined) fail('the torrent is not there');
      if (counts.complete !== 1 || counts.incomplete !== 2)
        fail(`it counts ${counts.complete} complete, ${counts.incomplete} incomplete, not 1 and 2`);
    },
  }),
  httpCase({
    id: 'bep48/tracker/scrape/downloaded',
    level: 'SHOULD',
    rule: 'A scrape counts who ever completed, not who was complete from the start.',
    section: SECTION,
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      await tracker.join(infoHash, { left: 0 });
      const { peerId, port } = await tracker.join(infoHash);
      await tracker.announce({ infoHash, peerId, port, left: 0, event: 'completed' });
      const counts = (await scrape(tracker, [infoHash])).get(infoHash);
      if (counts?.downloaded !== 1) fail(`downloaded is ${JSON.stringify(counts?.downloaded)}, not 1`);
    },
  }),
  httpCase({
    id: 'bep48/tracker/scrape/several',
    level: 'SHOULD',
    rule: 'A scrape may ask for several torrents, and each is told.',
    section: SECTION,
    run: async (tracker) => {
      const hashes = [tracker.newTorrent(), tracker.newTorrent(), tracker.newTorrent()];
      for (const infoHash of hashes) await tracker.join(infoHash, { left: 0 });
      const counts = await scrape(tracker, hashes);
      const missing = hashes.filter((hash) => counts.get(hash)?.complete !== 1);
      if (missing.length > 0) fail(`${missing.length} of 3 torrents are not told`);
    },
  }),
  httpCase({
    id: 'bep48/tracker/scrape/canonical',
    level: 'MUST',
    rule: 'The torrents of a scrape are sorted, as the keys of every dictionary.',
    section: 'BEP 3, bencoding',
    run: async (tracker) => {
      const hashes = Array.from({ length: 5 }, () => tracker.newTorrent());
      for (const infoHash of hashes) await tracker.join(infoHash);
      const answer = await scraped(tracker, hashes);
      if (decodeBencode(answer.body)?.isCanonical !== true) fail(`this is not canonical: ${shown(answer)}`);
    },
  }),
  httpCase({
    id: 'bep48/tracker/scrape/only-asked',
    level: 'MUST',
    rule: 'A scrape for one torrent tells of no other.',
    section: SECTION,
    run: async (tracker) => {
      const [infoHash, other] = [tracker.newTorrent(), tracker.newTorrent()];
      await tracker.join(infoHash);
      await tracker.join(other);
      const counts = await scrape(tracker, [infoHash]);
      if ([...counts.keys()].some((hash) => hash !== infoHash)) fail('another torrent is told as well');
    },
  }),
  httpCase({
    id: 'bep48/tracker/scrape/unknown',
    level: 'SHOULD',
    rule: 'A torrent that nobody has announced counts zero, or is left out.',
    section: SECTION,
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      const counts = (await scrape(tracker, [infoHash])).get(infoHash);
      if (counts !== undefined && (counts.complete !== 0 || counts.incomplete !== 0))
        fail(`it counts ${JSON.stringify(counts)}`);
    },
  }),
  httpCase({
    id: 'bep48/tracker/scrape/does-not-join',
    level: 'MUST',
    rule: 'Who scrapes does not join.',
    section: SECTION,
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      await scrape(tracker, [infoHash]);
      const counts = (await scrape(tracker, [infoHash])).get(infoHash);
      const peers = await tracker.portsSeen(infoHash);
      if (peers.length > 0 || (counts?.incomplete ?? 0) !== 0) fail('somebody is there');
    },
  }),
  httpCase({
    id: 'bep48/tracker/scrape/hash-lengths',
    level: 'SAFE',
    rule: 'Info-hashes of other lengths are refused or left out; the tracker lives.',
    section: SECTION,
    run: async (tracker) => {
      const path = scrapePath(tracker.address.path);
      if (path === undefined) notApplicable('its announce URL has no scrape URL');
      for (const hash of ['', 'x', 'x'.repeat(19), 'x'.repeat(21), 'x'.repeat(1000), '%zz']) {
        const answer = await tracker.get(withQuery(path, `info_hash=${hash}`));
        const value = decodeBencode(answer.body)?.value;
        const files = value instanceof Map ? value.get('files') : undefined;
        if (files instanceof Map && [...files.keys()].some((key) => key.length !== 20))
          fail(`it told of ${JSON.stringify([...files.keys()][0]?.slice(0, 30))}`);
      }
      await tracker.mustLive();
    },
  }),
  httpCase({
    id: 'bep48/tracker/scrape/many',
    level: 'SAFE',
    rule: 'A scrape for a thousand torrents is answered or refused; the tracker lives.',
    section: SECTION,
    run: async (tracker) => {
      const path = scrapePath(tracker.address.path);
      if (path === undefined) notApplicable('its announce URL has no scrape URL');
      const query = Array.from(
        { length: 1000 },
        () => `info_hash=${percent(randomText(20, tracker.kit.randomBelow))}`,
      ).join('&');
      await tracker.talk({ chunks: [tracker.head(withQuery(path, query))] });
      await tracker.mustLive();
    },
  }),
];
