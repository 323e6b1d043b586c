import type { Case } from '../../case.js';
import { fail, notApplicable } from '../../errors.js';
import { allowedFastSet } from '../allowed-fast.js';
import { clientCase, needsExtension } from '../client-case.js';
import { hostileCase } from '../hostile.js';
import type { ClientSubject } from '../subject.js';

const FAST = 'BEP 6';

export const fastCases: readonly Case<ClientSubject>[] = [
  clientCase({
    ...{ id: 'bep6/messages/inventory', level: 'MUST', section: FAST },
    rule: 'With the fast extension it says exactly one of bitfield, have-all and have-none, before anything but BEP 10.',
    play: async (stage) => {
      await stage.start();
      needsExtension(stage, 'fast');
      const peer = await stage.seed({ have: [0] });
      await stage.meet(peer);
      await stage.until(() => peer.heard('interested').length > 0, 40_000, 'interested');
      const names = peer.records.filter(({ direction }) => direction === 'received').map(({ message }) => message);
      const count = names.filter((name) => ['bitfield', 'have-all', 'have-none'].includes(name)).length;
      if (count !== 1) fail(`it said ${count} of them`);
      const first = names.find(
        (name) => !['handshake', 'extended-handshake', 'extended', 'keep-alive', 'port'].includes(name),
      );
      if (!['bitfield', 'have-none'].includes(first ?? '')) fail(`it began with ${first}, and it has nothing`);
    },
  }),
  clientCase({
    ...{ id: 'bep6/messages/not-without-offer', level: 'MUST', section: FAST },
    rule: 'As a downloader it sends none of its messages to a peer that did not offer the fast extension.',
    play: async (stage) => {
      await stage.start();
      const plain = await stage.seed({
        behaviour: [
          {
            when: { on: 'send', message: 'handshake' },
            do: { type: 'alter', fields: { reserved: '00 00 00 00 00 10 00 00' } },
          },
        ],
      });
      await stage.meet(plain);
      await stage.completes();
      const said = ['have-all', 'have-none', 'suggest', 'reject', 'allowed-fast'].find(
        (name) => plain.heard(name).length > 0,
      );
      if (said !== undefined) fail(`it said ${said}`);
    },
  }),
  clientCase({
    ...{ id: 'bep6/messages/allowed-fast-used', level: 'MAY', section: FAST },
    rule: 'It asks for pieces that are allowed fast while it is choked.',
    play: async (stage) => {
      await stage.start();
      needsExtension(stage, 'fast');
      const generous = await stage.seed({
        behaviour: [
          { when: { on: 'send', message: 'unchoke' }, do: { type: 'drop' } },
          {
            when: { on: 'ready' },
            do: [
              { type: 'send', message: { type: 'allowed-fast', piece: 1 } },
              { type: 'send', message: { type: 'allowed-fast', piece: 2 } },
            ],
          },
        ],
      });
      await stage.meet(generous);
      await stage.until(() => generous.heard('request').length > 0, 15_000, 'a request for an allowed piece');
      const other = generous.heard('request').find(({ piece }) => piece !== 1 && piece !== 2);
      if (other !== undefined) fail(`it asked for piece ${other['piece']}, which was not allowed`);
    },
  }),
  clientCase({
    ...{ id: 'bep6/messages/hints-are-no-haves', level: 'MUST', section: FAST },
    rule: 'It does not ask for a piece that was suggested or allowed but not announced.',
    play: async (stage) => {
      await stage.start();
      needsExtension(stage, 'fast');
      const hinting = await stage.seed({
        ...{
          have: [0],
          behaviour: [
            {
              when: { on: 'ready' },
              do: [
                { type: 'send', message: { type: 'suggest', piece: 5 } },
                { type: 'send', message: { type: 'allowed-fast', piece: 6 } },
              ],
            },
          ],
        },
      });
      await stage.meet(hinting);
      await stage.until(() => hinting.heard('request').length > 0, 40_000, 'a request');
      await stage.meet(await stage.seed());
      await stage.completes();
      const asked = hinting.heard('request').find(({ piece }) => piece !== 0);
      if (asked !== undefined) fail(`it asked for piece ${asked['piece']}`);
    },
  }),
  clientCase({
    ...{ id: 'bep6/messages/allowed-fast-set', level: 'SHOULD', section: 'BEP 6, allowed fast set', needs: ['seeds'] },
    rule: 'The pieces that it allows fast are those of the canonical set for the address of the peer.',
    stage: { torrent: { length: 100 * 16_384, pieceLength: 16_384 } },
    play: async (stage) => {
      await stage.startSeed();
      needsExtension(stage, 'fast');
      const peer = await stage.leech({
        behaviour: [{ when: { on: 'send', message: 'request' }, do: { type: 'drop' } }],
      });
      await stage.meet(peer);
      await stage.until(() => peer.heard('unchoke').length > 0, 60_000, 'an unchoke');
      const given = peer.heard('allowed-fast').map(({ piece }) => Number(piece));
      if (given.length === 0) notApplicable('it allows no pieces');
      const canonical = allowedFastSet(
        peer.peer.host,
        stage.torrent.mock.infoHash,
        stage.torrent.mock.pieceCount,
        Math.max(given.length, 10),
      );
      const stranger = given.find((piece) => !canonical.includes(piece));
      if (stranger !== undefined) fail(`it allowed piece ${stranger}; the set is ${canonical.join(', ')}`);
    },
  }),
  clientCase({
    ...{ id: 'bep6/messages/reject-elsewhere', level: 'SHOULD', section: FAST },
    rule: 'It does not ask a peer that rejects everything more than five hundred times in ten seconds.',
    play: async (stage) => {
      await stage.start();
      needsExtension(stage, 'fast');
      const unwilling = await stage.seed({ behaviour: 'reject-everything' });
      await stage.meet(unwilling);
      await stage.until(() => unwilling.heard('request').length > 0, 40_000, 'a request');
      await stage.never(
        () => unwilling.heard('request').length > 500 && `it asked ${unwilling.heard('request').length} times`,
        10_000,
      );
    },
  }),
  hostileCase({
    ...{ id: 'bep6/messages/reject-everything', level: 'SAFE', section: FAST, expect: 'survive', extension: 'fast' },
    ...{ behaviour: 'reject-everything', rule: 'It asks others for what a peer rejects.' },
  }),
  hostileCase({
    ...{ id: 'bep6/messages/reject-unasked', level: 'SAFE', section: FAST, expect: 'survive', extension: 'fast' },
    rule: 'It completes from others when a peer rejects what was never asked.',
    behaviour: [
      {
        when: { on: 'ready' },
        do: { type: 'send', message: { type: 'reject', piece: 'max', begin: 'max', length: 'max' }, times: 20 },
      },
    ],
  }),
  hostileCase({
    ...{
      id: 'bep54/messages/donthave-out-of-range',
      level: 'SAFE',
      section: 'BEP 54',
      expect: 'survive',
      extension: 'extensions',
    },
    ...{
      behaviour: 'donthave-out-of-range',
      rule: 'It completes from others when a peer loses a piece behind the last.',
    },
  }),
  hostileCase({
    ...{
      id: 'bep54/messages/donthave-what-is-asked',
      level: 'SAFE',
      section: 'BEP 54',
      expect: 'survive',
      extension: 'extensions',
    },
    ...{ behaviour: 'donthave-what-is-asked', rule: 'It asks others when a peer no longer has what it was asked for.' },
    ...{ profile: 'full', withinS: 130, timeoutS: 200 },
  }),
];
