import type { Case } from '../../case.js';
import { fail, notApplicable } from '../../errors.js';
import { PEERS_IN_ANSWER_MAX } from '../limits.js';
import type { TrackerSubject } from '../subject.js';
import { httpCase } from './http-case.js';

const SECTION = 'BEP 3, trackers';

/** Who is told to whom. */
export const swarmCases: readonly Case<TrackerSubject>[] = [
  httpCase({
    id: 'bep3/tracker/swarm/finds-peer',
    level: 'MUST',
    rule: 'Who announces is told to the next who asks for the same torrent, with its address and port.',
    section: SECTION,
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      const { port } = await tracker.join(infoHash);
      const { peers } = await tracker.announce({ infoHash });
      const expected = [`127.0.0.1:${port}`, `::1:${port}`, `[0:0:0:0:0:0:0:1]:${port}`];
      if (!peers.some((peer) => expected.includes(peer))) fail(`told ${JSON.stringify(peers)}, not 127.0.0.1:${port}`);
    },
  }),
  httpCase({
    id: 'bep3/tracker/swarm/high-port',
    level: 'MUST',
    rule: 'Ports have sixteen bits, and their bytes are in network order.',
    section: SECTION,
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      await tracker.join(infoHash, { port: 65_535 });
      await tracker.join(infoHash, { port: 0x0102 });
      const ports = await tracker.portsSeen(infoHash);
      if (!ports.includes(65_535) || !ports.includes(0x0102))
        fail(`told the ports ${ports.join(', ')}, not 65535 and 258`);
    },
  }),
  httpCase({
    id: 'bep3/tracker/swarm/separate-torrents',
    level: 'MUST',
    rule: 'Peers of one torrent are not told for another.',
    section: SECTION,
    run: async (tracker) => {
      const { port } = await tracker.join(tracker.newTorrent());
      const ports = await tracker.portsSeen(tracker.newTorrent());
      if (ports.includes(port)) fail('a peer of another torrent was told');
    },
  }),
  httpCase({
    id: 'bep3/tracker/swarm/last-byte',
    level: 'MUST',
    rule: 'All twenty bytes of an info-hash count, also behind a zero.',
    section: SECTION,
    run: async (tracker) => {
      const start = tracker.newTorrent().slice(0, 10);
      const { port } = await tracker.join(`${start}${'\0'.repeat(9)}a`);
      const ports = await tracker.portsSeen(`${start}${'\0'.repeat(9)}b`);
      if (ports.includes(port)) fail('two info-hashes that differ in their last byte are one torrent');
    },
  }),
  httpCase({
    id: 'bep3/tracker/swarm/once',
    level: 'SHOULD',
    rule: 'A peer that announces again is one peer, and is told once.',
    section: SECTION,
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      const { peerId, port } = await tracker.join(infoHash);
      for (let count = 0; count < 3; count++) await tracker.announce({ infoHash, peerId, port });
      const times = (await tracker.portsSeen(infoHash)).filter((other) => other === port).length;
      if (times > 1) fail(`it was told ${times} times`);
    },
  }),
  httpCase({
    id: 'bep3/tracker/swarm/stopped',
    level: 'SHOULD',
    rule: 'Who has stopped is told no longer.',
    section: SECTION,
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      const { peerId, port } = await tracker.join(infoHash);
      await tracker.announce({ infoHash, peerId, port, event: 'stopped' });
      if ((await tracker.portsSeen(infoHash)).includes(port)) fail('it was told after it had stopped');
    },
  }),
  httpCase({
    id: 'bep3/tracker/swarm/stopped-stranger',
    level: 'SAFE',
    rule: 'Who stops without having started is no peer, and does no harm to others.',
    section: SECTION,
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      const { port } = await tracker.join(infoHash);
      const stranger = tracker.newPort();
      await tracker.ask(tracker.target({ infoHash, port: stranger, event: 'stopped' }).replace(/^[^?]*\?/, ''));
      const ports = await tracker.portsSeen(infoHash);
      if (ports.includes(stranger)) fail('the stranger was told');
      if (!ports.includes(port)) fail('another peer is gone');
    },
  }),
  httpCase({
    id: 'bep3/tracker/swarm/event-empty',
    level: 'MUST',
    rule: 'An empty event is a regular announce.',
    section: SECTION,
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      const { port } = await tracker.join(infoHash, { event: '' });
      if (!(await tracker.portsSeen(infoHash)).includes(port)) fail('who announces so is not told');
    },
  }),
  httpCase({
    id: 'bep3/tracker/swarm/event-missing',
    level: 'MUST',
    rule: 'An announce without event is a regular one, also as the first.',
    section: SECTION,
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      const port = tracker.newPort();
      await tracker.announce({ infoHash, port });
      if (!(await tracker.portsSeen(infoHash)).includes(port)) fail('who announces so is not told');
    },
  }),
  httpCase({
    id: 'bep3/tracker/swarm/event-unknown',
    level: 'SAFE',
    rule: 'An event that nobody knows is a regular announce or a failure.',
    section: SECTION,
    run: async (tracker) => {
      const { answer, dict } = await tracker.ask(
        tracker.target({ infoHash: tracker.newTorrent(), event: 'exploded' }).replace(/^[^?]*\?/, ''),
      );
      if (dict === undefined && answer.status < 400) fail(`it answered with status ${answer.status} and no dictionary`);
      await tracker.mustLive();
    },
  }),
  httpCase({
    id: 'bep3/tracker/swarm/completed',
    level: 'SHOULD',
    rule: 'Who has completed counts as a seed from then on.',
    section: SECTION,
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      const { peerId, port } = await tracker.join(infoHash);
      const { dict } = await tracker.announce({ infoHash, peerId, port, left: 0, event: 'completed' });
      const counts = [dict?.get('complete'), dict?.get('incomplete')];
      if (counts[0] === undefined) notApplicable('it does not count');
      if (counts[0] !== 1 || counts[1] !== 0) fail(`it counts ${counts.join(' complete, ')} incomplete`);
    },
  }),
  httpCase({
    id: 'bep3/tracker/swarm/left-zero',
    level: 'SHOULD',
    rule: 'Who has nothing left is a seed, without saying so otherwise.',
    section: SECTION,
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      await tracker.join(infoHash, { left: 0 });
      const { dict } = await tracker.announce({ infoHash });
      const counts = [dict?.get('complete'), dict?.get('incomplete')];
      if (counts[0] === undefined) notApplicable('it does not count');
      if (counts[0] !== 1 || counts[1] !== 1) fail(`it counts ${counts.join(' complete, ')} incomplete, not 1 and 1`);
    },
  }),
  httpCase({
    id: 'bep3/tracker/swarm/numwant',
    level: 'SHOULD',
    rule: 'It tells no more peers than were wanted.',
    section: SECTION,
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      for (let count = 0; count < 6; count++) await tracker.join(infoHash);
      const { peers } = await tracker.announce({ infoHash, numWant: 2 });
      if (peers.length > 2) fail(`2 were wanted, ${peers.length} told`);
    },
  }),
  httpCase({
    id: 'bep3/tracker/swarm/numwant-zero',
    level: 'MAY',
    rule: 'It tells no peers to who wants none.',
    section: SECTION,
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      await tracker.join(infoHash);
      const { peers } = await tracker.announce({ infoHash, numWant: 0 });
      if (peers.length > 0) fail(`none was wanted, ${peers.length} told`);
    },
  }),
  httpCase({
    id: 'bep3/tracker/swarm/numwant-negative',
    level: 'SAFE',
    rule: 'A number of peers that makes no sense is as none told, or a failure.',
    section: SECTION,
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      for (const numWant of [-1, -2_147_483_648, 99_999_999_999]) {
        const { answer, dict } = await tracker.ask(tracker.target({ infoHash, numWant }).replace(/^[^?]*\?/, ''));
        if (dict === undefined && answer.status < 400)
          fail(`numwant=${numWant}: status ${answer.status}, no dictionary`);
      }
      await tracker.mustLive();
    },
  }),
  httpCase({
    id: 'bep3/tracker/swarm/bounded',
    level: 'SAFE',
    rule: 'Its answers are bounded, however many peers are wanted and there are.',
    section: SECTION,
    profile: 'full',
    timeoutMs: 300_000,
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      for (let batch = 0; batch < 60; batch++) {
        await Promise.all(Array.from({ length: 20 }, () => tracker.join(infoHash)));
      }
      const { peers } = await tracker.announce({ infoHash, numWant: 1_000_000 });
      if (peers.length > PEERS_IN_ANSWER_MAX) fail(`it told ${peers.length} peers at once`);
      if (peers.length === 0) fail('it told none');
    },
  }),
  httpCase({
    id: 'bep3/tracker/swarm/key-secret',
    level: 'SAFE',
    rule: 'The key of a client is nobody else’s business.',
    section: 'BEP 7, tracker hostname resolution',
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      await tracker.join(infoHash, { more: '&key=5ecre7ab' });
      const { answer } = (await tracker.dictionaries({ infoHash })) ?? (await tracker.announce({ infoHash }));
      if (answer.body.includes('5ecre7ab')) fail('it told the key of another peer');
    },
  }),
  httpCase({
    id: 'bep3/tracker/swarm/ip-nonsense',
    level: 'SAFE',
    rule: 'An ip that is none is ignored, or the announce refused; it is never told to others.',
    section: SECTION,
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      for (const ip of ['999.1.1.1', '%00', 'localhost.', '10.0.0.1%0d%0aX:1', '::::', `${'1'.repeat(300)}`]) {
        await tracker.ask(tracker.target({ infoHash, more: `&ip=${ip}` }).replace(/^[^?]*\?/, ''));
      }
      const { peers } = (await tracker.dictionaries({ infoHash })) ?? (await tracker.announce({ infoHash }));
      const odd = peers.find((peer) => !/^(127\.0\.0\.1|::1|::ffff:127\.0\.0\.1|\[0:0:0:0:0:0:0:1\]):\d+$/.test(peer));
      if (odd !== undefined) fail(`it told ${JSON.stringify(odd.slice(0, 60))}`);
    },
  }),
];
