import type { Case } from '../../case.js';
import { fail } from '../../errors.js';
import type { TrackerSubject } from '../subject.js';
import { udpCase } from './udp-case.js';
import { ACTION, EVENT, scrapeRequest, shownPacket, type UdpTracker } from './udp-tracker.js';

interface Swarm {
  readonly seeders: number;
  readonly completed: number;
  readonly leechers: number;
}

async function scrape(tracker: UdpTracker, hashes: readonly Uint8Array[]): Promise<readonly Swarm[]> {
  const transaction = tracker.newTransaction();
  const answer = await tracker.ask(scrapeRequest(hashes, await tracker.connect(), transaction), transaction);
  if (answer === undefined) return fail('it did not answer a scrape');
  if (answer.readUInt32BE(0) !== ACTION.scrape) fail(`it answered a scrape with ${shownPacket(answer)}`);
  if ((answer.length - 8) % 12 !== 0) fail(`${answer.length - 8} bytes are no whole number of torrents`);
  return Array.from({ length: (answer.length - 8) / 12 }, (_, index) => ({
    seeders: answer.readUInt32BE(8 + 12 * index),
    completed: answer.readUInt32BE(12 + 12 * index),
    leechers: answer.readUInt32BE(16 + 12 * index),
  }));
}

const told = ({ seeders, completed, leechers }: Swarm): string =>
  `${seeders} seeders, ${completed} completed, ${leechers} leechers`;

/** Scrapes over UDP, errors, and what a tracker has to bear. */
export const udpScrapeCases: readonly Case<TrackerSubject>[] = [
  udpCase({
    id: 'bep15/tracker/scrape/counts',
    level: 'MUST',
    rule: 'A scrape reply counts seeders, completed and leechers, in this order.',
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      await tracker.join(infoHash, { left: 0n });
      await tracker.join(infoHash);
      await tracker.join(infoHash);
      const [swarm] = await scrape(tracker, [infoHash]);
      if (swarm?.seeders !== 1 || swarm.leechers !== 2) fail(swarm === undefined ? 'nothing is told' : told(swarm));
    },
  }),
  udpCase({
    id: 'bep15/tracker/scrape/completed',
    level: 'SHOULD',
    rule: 'Who has completed is counted as such.',
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      const { port, peerId } = await tracker.join(infoHash);
      await tracker.announce({ infoHash, port, peerId, left: 0n, event: EVENT.completed });
      const [swarm] = await scrape(tracker, [infoHash]);
      if (swarm?.completed !== 1) fail(swarm === undefined ? 'nothing is told' : told(swarm));
    },
  }),
  udpCase({
    id: 'bep15/tracker/scrape/order',
    level: 'MUST',
    rule: 'Torrents are told in the order in which they were asked for, known or not.',
    run: async (tracker) => {
      const [one, unknown, two] = [tracker.newTorrent(), tracker.newTorrent(), tracker.newTorrent()];
      await tracker.join(one, { left: 0n });
      await tracker.join(two);
      const swarms = await scrape(tracker, [one, unknown, two]);
      if (swarms.length !== 3) fail(`it told ${swarms.length} torrents, not 3`);
      const isRight =
        swarms[0]!.seeders === 1 && swarms[1]!.seeders + swarms[1]!.leechers === 0 && swarms[2]!.leechers === 1;
      if (!isRight) fail(swarms.map(told).join('; '));
    },
  }),
  udpCase({
    id: 'bep15/tracker/scrape/seventy',
    level: 'SHOULD',
    rule: 'Seventy torrents can be scraped at once.',
    run: async (tracker) => {
      const hashes = Array.from({ length: 70 }, () => tracker.newTorrent());
      await tracker.join(hashes[69]!);
      const swarms = await scrape(tracker, hashes);
      if (swarms.length !== 70) fail(`it told ${swarms.length} torrents`);
      if (swarms[69]!.leechers !== 1) fail(`the last one: ${told(swarms[69]!)}`);
    },
  }),
  udpCase({
    id: 'bep15/tracker/scrape/made-up',
    level: 'MUST',
    rule: 'A scrape with a connection id that it never gave out is not answered with counts.',
    section: 'BEP 15, UDP connections / spoofing',
    run: async (tracker) => {
      const transaction = tracker.newTransaction();
      tracker.send(scrapeRequest([tracker.newTorrent()], 0x0123_4567_89ab_cdefn, transaction));
      await tracker.mustLive();
      const counted = tracker.received.some(
        (packet) =>
          packet.length >= 8 && packet.readUInt32BE(0) === ACTION.scrape && packet.readUInt32BE(4) === transaction,
      );
      if (counted) fail('it was');
    },
  }),
  udpCase({
    id: 'bep15/tracker/scrape/cut-hash',
    level: 'SAFE',
    rule: 'A scrape that ends inside an info-hash tells of whole ones at most; the tracker lives.',
    run: async (tracker) => {
      const transaction = tracker.newTransaction();
      const request = scrapeRequest([tracker.newTorrent(), tracker.newTorrent()], await tracker.connect(), transaction);
      tracker.send(request.subarray(0, 16 + 20 + 7));
      await tracker.mustLive();
      const answer = tracker.received.find((packet) => packet.length >= 8 && packet.readUInt32BE(4) === transaction);
      if (answer?.readUInt32BE(0) === ACTION.scrape && answer.length > 8 + 12)
        fail(`it told of more: ${shownPacket(answer)}`);
    },
  }),
];
