import { decode, encode } from '@unchoke/bencode';
import { decodeAnnounceReply, decodeScrapeReply, decodeUdpReply } from '@unchoke/tracker';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { alteredBody } from '../src/http/altered-body.js';
import { announceBody, failureBody, scrapeBody } from '../src/http/reply-body.js';
import { byteText } from '../src/index.js';
import { announceReply, errorReply, scrapeReply } from '../src/udp/udp-reply.js';

const count = fc.nat(2 ** 32 - 1);
const id = fc.uint8Array({ minLength: 20, maxLength: 20 }).map((bytes) => byteText(bytes));
const handed = (length: number) =>
  fc.array(fc.record({ endpoint: fc.uint8Array({ minLength: length, maxLength: length }), peerId: id }), {
    maxLength: 60,
  });
const counts = { complete: count, incomplete: count, downloaded: count };
const answers = fc.record({
  type: fc.constant('announce' as const),
  intervalS: count,
  minIntervalS: fc.option(count, { nil: undefined }),
  ...counts,
  ipv4: handed(6),
  ipv6: handed(18),
});
const scrapes = fc.record({
  type: fc.constant('scrape' as const),
  files: fc.array(fc.record({ infoHash: id, ...counts }), { minLength: 1, maxLength: 70 }),
});
const form = fc.record({ isCompact: fc.boolean(), noPeerId: fc.boolean() });
const NOBODY = { ipv4: undefined, ipv6: undefined, peerId: '' };

describe('well-behaved bodies', () => {
  test('are canonical bencode, and say what @unchoke/tracker reads', () => {
    fc.assert(
      fc.property(answers, form, (answer, asked) => {
        const body = announceBody(answer, asked);
        expect(Buffer.from(encode(decode(body))).equals(body)).toBe(true);
        const read = decodeAnnounceReply(body);
        expect(read).toMatchObject({
          type: 'peers',
          intervalS: answer.intervalS,
          complete: answer.complete,
          incomplete: answer.incomplete,
          downloaded: answer.downloaded,
        });
        if (read.type !== 'peers') return;
        expect(read.minIntervalS).toBe(answer.minIntervalS);
        if (asked.isCompact) {
          expect(byteText(read.peers.v4)).toBe(answer.ipv4.map(({ endpoint }) => byteText(endpoint)).join(''));
          expect(byteText(read.peers.v6)).toBe(answer.ipv6.map(({ endpoint }) => byteText(endpoint)).join(''));
        } else {
          const ids = read.peers.listed.map(({ peerId }) => (peerId === undefined ? '' : byteText(peerId)));
          const given = [...answer.ipv4, ...answer.ipv6].map(({ peerId }) => (asked.noPeerId ? '' : peerId));
          expect(ids).toEqual(given);
        }
      }),
    );
  });

  test('are what a rule that changes nothing writes', () => {
    fc.assert(
      fc.property(answers, form, (answer, asked) => {
        const written = announceBody(answer, asked);
        expect(alteredBody(answer, {}, asked, NOBODY).equals(written)).toBe(true);
        expect(alteredBody(answer, { reply: {} }, asked, NOBODY).equals(written)).toBe(true);
      }),
    );
  });

  test('scrapes are canonical, also when a hash was asked for twice', () => {
    fc.assert(
      fc.property(scrapes, (answer) => {
        const twice = { ...answer, files: [...answer.files, answer.files[0]!] };
        const body = scrapeBody(twice);
        expect(Buffer.from(encode(decode(body))).equals(body)).toBe(true);
        expect(alteredBody(twice, {}, { isCompact: true, noPeerId: false }, NOBODY).equals(body)).toBe(true);
        expect(() => decodeScrapeReply(body)).not.toThrow();
      }),
    );
  });

  test('failures are in UTF-8', () => {
    expect(decodeAnnounceReply(failureBody({ type: 'failure', reason: 'né' }))).toMatchObject({ reason: 'né' });
  });
});

test('UDP replies say what @unchoke/tracker reads', () => {
  fc.assert(
    fc.property(answers, scrapes, count, (answer, scrape, transactionId) => {
      for (const family of [4, 6] as const) {
        const peers = family === 4 ? answer.ipv4 : answer.ipv6;
        const read = decodeUdpReply(announceReply(transactionId, answer, family === 4), family);
        expect(read).toMatchObject({ type: 'announce', transactionId, reply: { complete: answer.complete } });
        if (read.type === 'announce') expect(read.reply.peers.count).toBe(peers.length);
      }
      const counted = scrape.files.map(({ complete, downloaded, incomplete }) => ({
        complete,
        downloaded,
        incomplete,
      }));
      expect(decodeUdpReply(scrapeReply(transactionId, scrape), 4)).toEqual({
        type: 'scrape',
        transactionId,
        swarms: counted,
      });
      expect(decodeUdpReply(errorReply(transactionId, 'né'), 4)).toEqual({
        type: 'error',
        transactionId,
        message: 'né',
      });
    }),
  );
});

test('a UDP reply is never longer than one packet, and ends with a whole peer', () => {
  const peers = Array.from({ length: 200 }, () => ({ endpoint: new Uint8Array(18), peerId: 'p'.repeat(20) }));
  const answer = {
    type: 'announce',
    intervalS: 1,
    minIntervalS: 1,
    complete: 1,
    incomplete: 1,
    downloaded: 1,
    ipv4: [],
    ipv6: peers,
  } as const;
  expect(announceReply(1, answer, false).length).toBe(20 + 79 * 18);
});
