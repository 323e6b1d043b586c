import { encode } from '@unchoke/bencode';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AnnounceReply,
  decodeAnnounceReply,
  decodeScrapeReply,
  encodeAnnounceReply,
  encodeScrapeReply,
  PeerList,
  TrackerError,
} from '../src/index.js';
import { announceReplies, counts, hashes, hex, latin1, sentences } from './samples.js';

const NO_BYTES = new Uint8Array(0);
const ID = 'i'.repeat(20);

describe('announce replies', () => {
  const good: readonly (readonly [string, AnnounceReply])[] = [
    ['d5:peers0:e', { type: 'peers', peers: PeerList.empty }],
    [
      'd8:intervali1800e5:peers6:\x0a\x00\x00\x01\x1a\xe1e',
      { type: 'peers', intervalS: 1800, peers: PeerList.of([{ host: '10.0.0.1', port: 6881 }]) },
    ],
    [
      `d8:completei1e10:downloadedi2e11:external ip4:\x01\x02\x03\x0410:incompletei3e8:intervali4e12:min intervali5e5:peers0:6:peers618:${'\0'.repeat(15)}\x01\x1a\xe110:tracker id2:\x00\xff15:warning message2:\xc3\xa9e`,
      {
        type: 'peers',
        intervalS: 4,
        minIntervalS: 5,
        complete: 1,
        incomplete: 3,
        downloaded: 2,
        trackerId: hex('00ff'),
        externalIp: '1.2.3.4',
        warning: 'é',
        peers: PeerList.of([{ host: '::1', port: 6881 }]),
      },
    ],
    [
      `d8:intervali-1e5:peersld2:ip12:peer.example4:porti1eed2:ip3:::17:peer id20:${ID}4:porti2eeee`,
      {
        type: 'peers',
        intervalS: -1,
        peers: new PeerList(NO_BYTES, NO_BYTES, [
          { host: 'peer.example', port: 1 },
          { host: '::1', port: 2, peerId: latin1(ID) },
        ]),
      },
    ],
    ['d14:failure reason2:noe', { type: 'failure', reason: 'no' }],
    ['d14:failure reason2:no8:retry ini5ee', { type: 'failure', reason: 'no', retryInMinutes: 5 }],
    ['d14:failure reason2:no8:retry in5:nevere', { type: 'failure', reason: 'no', retryInMinutes: 'never' }],
  ];

  test.each(good)('%s', (text, reply) => {
    expect(decodeAnnounceReply(latin1(text))).toEqual(reply);
    expect(encodeAnnounceReply(reply)).toEqual(latin1(text));
  });

  test('what was written reads back', () => {
    fc.assert(
      fc.property(announceReplies, (reply) => {
        expect(decodeAnnounceReply(encodeAnnounceReply(reply))).toEqual(reply);
      }),
    );
  });

  test.each([
    ['keys in any order', 'd5:peers0:8:intervali9ee', { intervalS: 9 }],
    [
      'peers6 only',
      `d8:intervali9e6:peers618:${'\0'.repeat(18)}e`,
      { peers: new PeerList(NO_BYTES, new Uint8Array(18)) },
    ],
    ['no peers at all', 'd8:intervali9ee', { peers: PeerList.empty }],
    ['no interval', 'd5:peers0:e', { peers: PeerList.empty }],
    ['an interval beyond 2^53', `d8:intervali${10n ** 20n}e5:peers0:e`, { intervalS: Number.MAX_SAFE_INTEGER }],
    ['an interval below -2^53', `d8:intervali-${10n ** 20n}e5:peers0:e`, { intervalS: Number.MIN_SAFE_INTEGER }],
    ['an external address as text', 'd11:external ip7:1.2.3.45:peers0:e', { externalIp: '1.2.3.4' }],
    ['a failure beside peers', 'd14:failure reason1:x8:intervali9e5:peers0:e', { type: 'failure', reason: 'x' }],
    ['a failure that is no UTF-8', 'd14:failure reason3:a\xffbe', { reason: 'a\ufffdb' }],
    ['a retry given as text', 'd14:failure reason1:x8:retry in2:15e', { retryInMinutes: 15 }],
    ['a failure spelt as in BEP 48', 'd14:failure_reason1:xe', { reason: 'x' }],
  ])('%s: understood', (_name, text, fields) => {
    expect(decodeAnnounceReply(latin1(text))).toMatchObject(fields);
  });

  test.each([
    ['a negative count', 'd8:completei-1e5:peers0:e', 'complete'],
    ['an external address of five bytes', 'd11:external ip5:abcde5:peers0:e', 'externalIp'],
    ['a retry of nothing', 'd14:failure reason1:x8:retry ini0ee', 'retryInMinutes'],
    ['a retry in words', 'd14:failure reason1:x8:retry in4:soone', 'retryInMinutes'],
  ])('%s is left out', (_name, text, field) => {
    expect(decodeAnnounceReply(latin1(text))).not.toHaveProperty(field);
  });

  test('malformed peers cost only themselves', () => {
    const cut = decodeAnnounceReply(latin1('d5:peers8:\x0a\0\0\x01\x1a\xe1zz6:peers63:abce'));
    expect(cut).toEqual({
      type: 'peers',
      peers: PeerList.of([{ host: '10.0.0.1', port: 6881 }]),
      malformedPeerCount: 2,
    });

    const good = { ip: '10.0.0.1', port: 6881 };
    const bad = [
      7,
      'x',
      [],
      {},
      { ip: '10.0.0.1' },
      { port: 1 },
      { ...good, ip: 5 },
      { ...good, port: '1' },
      { ...good, port: -1 },
      { ...good, port: 65_536 },
      { ...good, port: 2n ** 70n },
      { ...good, ip: '' },
      { ...good, ip: 'a b' },
      { ...good, ip: 'x'.repeat(254) },
      { ...good, 'peer id': 'short' },
      { ...good, 'peer id': 1 },
    ];
    expect(decodeAnnounceReply(encode({ peers: [...bad, good] }))).toEqual({
      type: 'peers',
      peers: new PeerList(NO_BYTES, NO_BYTES, [{ host: '10.0.0.1', port: 6881 }]),
      malformedPeerCount: bad.length,
    });
  });

  test('a list of peers without end is not read to its end', () => {
    const reply = decodeAnnounceReply(
      encode({ peers: Array.from({ length: 20_000 }, () => ({ ip: '10.0.0.1', port: 1 })) }),
    );
    expect(reply.type === 'peers' && reply.peers.count).toBe(10_000);
  });

  test.each([
    ['', 'the body is empty'],
    ['<html>', 'it looks like a web page'],
    ['i5e', 'expected a dictionary'],
    ['le', 'expected a dictionary'],
    ['d5:peers', 'offset 8'],
    ['d8:intervali1800e5:peers600:x', 'peers'],
    ['d8:interval4:1800e', 'interval: expected an integer'],
    ['d5:peersi5ee', 'peers: expected a list'],
    ['d5:peersdee', 'peers: expected a list'],
    ['d6:peers6lee', 'peers6: expected a string'],
    ['d8:completei1e8:completei1ee', 'complete'],
    ['d14:failure reasoni5ee', 'failure reason: expected a string'],
    ['d8:intervali018ee', 'interval'],
    ['d5:peers0:ex', 'offset 11'],
    [`d5:peers${'l'.repeat(100)}`, 'peers'],
  ])('%j is refused, and says where', (text, where) => {
    const decode = (): unknown => decodeAnnounceReply(latin1(text));
    expect(decode).toThrow(
      expect.objectContaining({ code: 'malformed-reply', message: expect.stringContaining(where) }),
    );
  });

  test('what cannot be written is refused', () => {
    const both = new PeerList(new Uint8Array(6), NO_BYTES, [{ host: '::1', port: 1 }]);
    const bad: readonly AnnounceReply[] = [
      { type: 'peers', peers: both },
      { type: 'peers', peers: PeerList.empty, intervalS: 0.5 },
      { type: 'peers', peers: PeerList.empty, complete: Number.NaN },
      { type: 'peers', peers: PeerList.empty, externalIp: 'localhost' },
    ];
    for (const reply of bad) expect(() => encodeAnnounceReply(reply)).toThrow(TrackerError);
  });
});

describe('scrape replies', () => {
  const swarms = fc.uniqueArray(
    fc.record(
      { infoHash: hashes, complete: counts, incomplete: counts, downloaded: counts, name: sentences },
      { requiredKeys: ['infoHash', 'complete', 'incomplete'] },
    ),
    { selector: (swarm) => swarm.infoHash.join(), maxLength: 20 },
  );

  test('the example of BEP 48', () => {
    const text = `d5:filesd20:${'x'.repeat(20)}d8:completei11e10:downloadedi13772e10:incompletei19eeee`;
    const swarm = { infoHash: latin1('x'.repeat(20)), complete: 11, downloaded: 13772, incomplete: 19 };
    expect(decodeScrapeReply(latin1(text))).toEqual({ type: 'swarms', swarms: [swarm] });
    expect(encodeScrapeReply({ type: 'swarms', swarms: [swarm] })).toEqual(latin1(text));
  });

  test('what was written reads back, in the order of the hashes', () => {
    fc.assert(
      fc.property(swarms, (list) => {
        const sorted = [...list].sort((a, b) => Buffer.compare(a.infoHash, b.infoHash));
        expect(decodeScrapeReply(encodeScrapeReply({ type: 'swarms', swarms: list as never }))).toEqual({
          type: 'swarms',
          swarms: sorted,
        });
      }),
    );
  });

  test('a malformed entry costs itself, a malformed reply is an error', () => {
    const files = {
      [ID]: { complete: 1, incomplete: 2 },
      short: { complete: 1, incomplete: 2 },
      ['j'.repeat(20)]: { complete: -1 },
      ['k'.repeat(20)]: 5,
    };
    expect(decodeScrapeReply(encode({ files }))).toEqual({
      type: 'swarms',
      swarms: [{ infoHash: latin1(ID), complete: 1, incomplete: 2 }],
      malformedSwarmCount: 3,
    });
    expect(() => decodeScrapeReply(latin1('de'))).toThrow(/files/);
    expect(() => decodeScrapeReply(latin1('d5:filesi1ee'))).toThrow(/expected a dictionary/);
    expect(decodeScrapeReply(latin1('d14:failure_reason4:nopee'))).toEqual({ type: 'failure', reason: 'nope' });
    expect(() =>
      encodeScrapeReply({ type: 'swarms', swarms: [{ infoHash: NO_BYTES, complete: 0, incomplete: 0 }] }),
    ).toThrow(TrackerError);
    expect(encodeScrapeReply({ type: 'failure', reason: 'x' })).toEqual(latin1('d14:failure reason1:xe'));
  });
});
