import type { Case } from '../../case.js';
import { fail, notApplicable } from '../../errors.js';
import { decodeBencode } from '../bencode.js';
import type { TrackerSubject } from '../subject.js';
import { httpCase } from './http-case.js';
import { shown } from './http-tracker.js';

const BEP_3 = 'BEP 3, trackers';
const BEP_23 = 'BEP 23';

/** What an answer to an announce is like. */
export const answerCases: readonly Case<TrackerSubject>[] = [
  httpCase({
    id: 'bep3/tracker/answer/dictionary',
    level: 'MUST',
    rule: 'It answers an announce with status 200 and a bencoded dictionary.',
    section: BEP_3,
    run: async (tracker) => {
      const { answer, dict } = await tracker.announce({ infoHash: tracker.newTorrent(), event: 'started' });
      if (answer.status !== 200 || dict === undefined) fail(`it answered with ${shown(answer)}`);
    },
  }),
  httpCase({
    id: 'bep3/tracker/answer/canonical',
    level: 'MUST',
    rule: 'The keys of its dictionaries are sorted, and nothing stands behind them.',
    section: 'BEP 3, bencoding',
    run: async (tracker) => {
      const { answer } = await tracker.announce({ infoHash: tracker.newTorrent() });
      if (decodeBencode(answer.body)?.isCanonical !== true) fail(`this is not canonical: ${shown(answer)}`);
    },
  }),
  httpCase({
    id: 'bep3/tracker/answer/interval',
    level: 'MUST',
    rule: 'It tells after how many seconds to come again: an integer above zero.',
    section: BEP_3,
    run: async (tracker) => {
      const { dict } = await tracker.announce({ infoHash: tracker.newTorrent() });
      const interval = dict?.get('interval');
      if (typeof interval !== 'number' || interval <= 0) fail(`interval is ${JSON.stringify(interval)}`);
    },
  }),
  httpCase({
    id: 'bep3/tracker/answer/interval-sane',
    level: 'SAFE',
    rule: 'Its interval is a minute to a day: not so short that clients flood it, nor so long that they vanish.',
    section: BEP_3,
    run: async (tracker) => {
      const { dict } = await tracker.announce({ infoHash: tracker.newTorrent() });
      const interval = dict?.get('interval');
      if (typeof interval === 'number' && (interval < 60 || interval > 86_400)) fail(`interval is ${interval} s`);
    },
  }),
  httpCase({
    id: 'bep3/tracker/answer/peers',
    level: 'MUST',
    rule: 'It tells the peers, also when there are none.',
    section: BEP_3,
    run: async (tracker) => {
      const { dict } = await tracker.announce({ infoHash: tracker.newTorrent() });
      const peers = dict?.get('peers');
      if (typeof peers !== 'string' && !Array.isArray(peers)) fail(`peers is ${JSON.stringify(peers)}`);
    },
  }),
  httpCase({
    id: 'bep23/tracker/compact/asked',
    level: 'SHOULD',
    rule: 'Asked with compact=1, it tells peers in compact form.',
    section: BEP_23,
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      await tracker.join(infoHash);
      const { dict } = await tracker.announce({ infoHash, compact: 'compact=1' });
      const peers = dict?.get('peers');
      if (typeof peers !== 'string') fail(`peers is ${JSON.stringify(peers)?.slice(0, 100)}`);
    },
  }),
  httpCase({
    id: 'bep23/tracker/compact/whole-peers',
    level: 'MUST',
    rule: 'Compact peers are six bytes each.',
    section: BEP_23,
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      for (let count = 0; count < 3; count++) await tracker.join(infoHash);
      const { dict } = await tracker.announce({ infoHash });
      const peers = dict?.get('peers');
      if (typeof peers !== 'string') notApplicable('it tells no compact peers');
      if (peers.length % 6 !== 0) fail(`${peers.length} bytes are no whole number of peers`);
    },
  }),
  httpCase({
    id: 'bep7/tracker/compact/whole-peers6',
    level: 'MUST',
    rule: 'Compact IPv6 peers are eighteen bytes each, in peers6 and never in peers.',
    section: 'BEP 7, announce response',
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      await tracker.join(infoHash, { more: '&ipv6=2001%3Adb8%3A%3A1' });
      const { dict } = await tracker.announce({ infoHash, more: '&ipv6=2001%3Adb8%3A%3A2' });
      const peers6 = dict?.get('peers6');
      if (peers6 === undefined) notApplicable('it told no IPv6 peers');
      if (typeof peers6 !== 'string' || peers6.length % 18 !== 0) fail(`peers6 is ${JSON.stringify(peers6)}`);
    },
  }),
  httpCase({
    id: 'bep23/tracker/compact/refused',
    level: 'MAY',
    rule: 'Asked with compact=0, it tells peers as dictionaries.',
    section: BEP_23,
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      await tracker.join(infoHash);
      const reply = await tracker.dictionaries({ infoHash });
      if (reply === undefined) fail('it refused');
      if (!Array.isArray(reply.dict?.get('peers'))) fail('it told them in compact form');
    },
  }),
  httpCase({
    id: 'bep3/tracker/answer/peer-dictionaries',
    level: 'MUST',
    rule: 'A peer that is told as a dictionary has ip as text, port as an integer, and its peer id of 20 bytes.',
    section: BEP_3,
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      const { peerId, port } = await tracker.join(infoHash);
      const reply = await tracker.dictionaries({ infoHash });
      const peers = reply?.dict?.get('peers');
      if (!Array.isArray(peers)) notApplicable('it tells compact peers only');
      const peer = peers.find((entry) => entry instanceof Map && entry.get('port') === port);
      if (!(peer instanceof Map)) return fail('the peer is not told with its port as an integer');
      if (typeof peer.get('ip') !== 'string') fail(`ip is ${JSON.stringify(peer.get('ip'))}`);
      if (peer.get('peer id') !== peerId) fail(`peer id is ${JSON.stringify(peer.get('peer id'))}`);
    },
  }),
  httpCase({
    id: 'bep3/tracker/answer/no-peer-id',
    level: 'MAY',
    rule: 'Asked with no_peer_id=1, it leaves the peer ids out.',
    section: 'BEP 23',
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      await tracker.join(infoHash);
      const reply = await tracker.dictionaries({ infoHash, more: '&no_peer_id=1' });
      const peers = reply?.dict?.get('peers');
      if (!Array.isArray(peers)) notApplicable('it tells compact peers only');
      if (peers.some((peer) => peer instanceof Map && peer.has('peer id'))) fail('a peer id is there all the same');
    },
  }),
  httpCase({
    id: 'bep3/tracker/answer/tracker-id',
    level: 'SHOULD',
    rule: 'A tracker id that it gives out is taken back with the next announce.',
    section: BEP_3,
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      const { dict } = await tracker.announce({ infoHash, event: 'started' });
      const id = dict?.get('tracker id');
      if (typeof id !== 'string') notApplicable('it gives out no tracker id');
      await tracker.announce({ infoHash, more: `&trackerid=${encodeURIComponent(id)}` });
    },
  }),
  httpCase({
    id: 'bep24/tracker/external-ip',
    level: 'MAY',
    rule: 'An external ip that it tells is the address of who asks, in 4 or 16 bytes.',
    section: 'BEP 24',
    run: async (tracker) => {
      const { dict } = await tracker.announce({ infoHash: tracker.newTorrent() });
      const ip = dict?.get('external ip');
      if (ip === undefined) notApplicable('it tells no external ip');
      if (ip !== '\x7f\0\0\x01' && ip !== `${'\0'.repeat(15)}\x01`) fail(`external ip is ${JSON.stringify(ip)}`);
    },
  }),
];
