import type { Case } from '../../case.js';
import { fail, notApplicable } from '../../errors.js';
import { HttpTracker } from '../http/http-tracker.js';
import type { TrackerSubject } from '../subject.js';
import { udpCase } from './udp-case.js';
import { ACTION, EVENT, UdpTracker } from './udp-tracker.js';

/** Announces over UDP. */
export const announceCases: readonly Case<TrackerSubject>[] = [
  udpCase({
    id: 'bep15/tracker/announce/finds-peer',
    level: 'MUST',
    rule: 'Who announces is told to the next, with its address and port in network order.',
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      await tracker.join(infoHash, { port: 0x0102 });
      await tracker.join(infoHash, { port: 65_535 });
      const { peers } = await tracker.announce({ infoHash });
      const host = tracker.address.host.includes(':') ? '[0:0:0:0:0:0:0:1]' : '127.0.0.1';
      for (const port of [258, 65_535]) {
        if (!peers.includes(`${host}:${port}`)) fail(`told ${JSON.stringify(peers)}, not ${host}:${port}`);
      }
    },
  }),
  udpCase({
    id: 'bep15/tracker/announce/whole-peers',
    level: 'MUST',
    rule: 'An announce reply has twenty bytes and then whole peers.',
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      for (let count = 0; count < 3; count++) await tracker.join(infoHash);
      const { restBytes } = await tracker.announce({ infoHash });
      if (restBytes !== 0) fail(`${restBytes} bytes stand behind the last whole peer`);
    },
  }),
  udpCase({
    id: 'bep15/tracker/announce/interval',
    level: 'SAFE',
    rule: 'Its interval is a minute to a day.',
    run: async (tracker) => {
      const { interval } = await tracker.announce({ infoHash: tracker.newTorrent() });
      if (interval < 60 || interval > 86_400) fail(`interval is ${interval} s`);
    },
  }),
  udpCase({
    id: 'bep15/tracker/announce/counts',
    level: 'MUST',
    rule: 'Leechers are counted before seeders.',
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      await tracker.join(infoHash, { left: 0n });
      await tracker.join(infoHash);
      const { leechers, seeders } = await tracker.announce({ infoHash });
      if (leechers !== 2 || seeders !== 1) fail(`it counts ${leechers} leechers and ${seeders} seeders, not 2 and 1`);
    },
  }),
  udpCase({
    id: 'bep15/tracker/announce/left-64-bits',
    level: 'MUST',
    rule: 'What is left has 64 bits: who lacks 2^32 bytes is no seed.',
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      await tracker.join(infoHash, { left: 0x1_0000_0000n });
      const { seeders } = await tracker.announce({ infoHash });
      if (seeders !== 0) fail('it counts a seeder');
    },
  }),
  udpCase({
    id: 'bep15/tracker/announce/completed',
    level: 'SHOULD',
    rule: 'Who has completed counts as a seed from then on.',
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      const { port, peerId } = await tracker.join(infoHash);
      const { leechers, seeders } = await tracker.announce({
        infoHash,
        port,
        peerId,
        left: 0n,
        event: EVENT.completed,
      });
      if (leechers !== 0 || seeders !== 1) fail(`it counts ${leechers} leechers and ${seeders} seeders, not 0 and 1`);
    },
  }),
  udpCase({
    id: 'bep15/tracker/announce/stopped',
    level: 'SHOULD',
    rule: 'Who has stopped is told no longer.',
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      const { port, peerId } = await tracker.join(infoHash);
      await tracker.announce({ infoHash, port, peerId, event: EVENT.stopped });
      if ((await tracker.portsSeen(infoHash)).includes(port)) fail('it was told after it had stopped');
    },
  }),
  udpCase({
    id: 'bep15/tracker/announce/once',
    level: 'SHOULD',
    rule: 'A peer that announces again is told once.',
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      const { port, peerId } = await tracker.join(infoHash);
      for (let count = 0; count < 3; count++) await tracker.announce({ infoHash, port, peerId });
      const times = (await tracker.portsSeen(infoHash)).filter((other) => other === port).length;
      if (times > 1) fail(`it was told ${times} times`);
    },
  }),
  udpCase({
    id: 'bep15/tracker/announce/separate-torrents',
    level: 'MUST',
    rule: 'Peers of one torrent are not told for another, though their info-hashes differ in the last byte only.',
    run: async (tracker) => {
      const [one, other] = [tracker.newTorrent(), Buffer.alloc(20)];
      one.copy(other);
      other[19]! ^= 1;
      const { port } = await tracker.join(one);
      if ((await tracker.portsSeen(other)).includes(port)) fail('a peer of another torrent was told');
    },
  }),
  udpCase({
    id: 'bep15/tracker/announce/num-want',
    level: 'SHOULD',
    rule: 'It tells no more peers than were wanted.',
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      for (let count = 0; count < 6; count++) await tracker.join(infoHash);
      const { peers } = await tracker.announce({ infoHash, numWant: 2 });
      if (peers.length > 2) fail(`2 were wanted, ${peers.length} told`);
    },
  }),
  udpCase({
    id: 'bep15/tracker/announce/options',
    level: 'MUST',
    rule: 'An announce may be longer than its fields of today, as BEP 41 makes it.',
    section: 'BEP 41',
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      const port = tracker.newPort();
      const transaction = tracker.newTransaction();
      const request = tracker.announceRequest({ infoHash, port }, await tracker.connect(), transaction);
      const answer = await tracker.ask(Buffer.concat([request, Buffer.from('\x02\x04/a?b\0', 'latin1')]), transaction);
      if (answer === undefined) fail('it did not answer');
      tracker.readAnnounce(answer);
      if (!(await tracker.portsSeen(infoHash)).includes(port)) fail('the peer is not there');
    },
  }),
  udpCase({
    id: 'bep15/tracker/announce/short',
    level: 'SAFE',
    rule: 'An announce that is cut is not taken; the tracker lives.',
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      const id = await tracker.connect();
      for (const length of [97, 96, 80, 36, 16]) {
        tracker.send(
          tracker.announceRequest({ infoHash, port: 7000 + length }, id, tracker.newTransaction()).subarray(0, length),
        );
      }
      const ports = await tracker.portsSeen(infoHash);
      if (ports.length > 0) fail(`it told ${ports.length} peers of cut announces`);
    },
  }),
  udpCase({
    id: 'bep15/tracker/announce/port-zero',
    level: 'SAFE',
    rule: 'Nobody is told of a peer at port 0.',
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      const transaction = tracker.newTransaction();
      tracker.send(tracker.announceRequest({ infoHash, port: 0 }, await tracker.connect(), transaction));
      await tracker.mustLive();
      if ((await tracker.portsSeen(infoHash)).includes(0)) fail('it told a peer at port 0');
    },
  }),
  udpCase({
    id: 'bep15/tracker/announce/unknown-event',
    level: 'SAFE',
    rule: 'An event that nobody knows is a regular announce or an error; the tracker lives.',
    run: async (tracker) => {
      const id = await tracker.connect();
      for (const event of [5, 0x7fff_ffff, 0xffff_ffff]) {
        tracker.send(tracker.announceRequest({ infoHash: tracker.newTorrent(), event }, id, tracker.newTransaction()));
      }
      await tracker.mustLive();
    },
  }),
  udpCase({
    id: 'bep15/tracker/announce/one-datagram',
    level: 'SAFE',
    rule: 'However many peers are wanted, its reply is one datagram of at most 1,500 bytes.',
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      const id = await tracker.connect();
      for (let batch = 0; batch < 30; batch++) {
        await Promise.all(Array.from({ length: 10 }, () => tracker.announce({ infoHash }, id)));
      }
      const { peers } = await tracker.announce({ infoHash, numWant: 0x7fff_ffff }, id);
      const size = 20 + peers.length * (tracker.address.host.includes(':') ? 18 : 6);
      if (size > 1500) fail(`its reply has ${size} bytes`);
      if (peers.length === 0) fail('it told nobody');
    },
  }),
  udpCase({
    id: 'bep15/tracker/announce/interleaved',
    level: 'MUST',
    rule: 'Each of several requests at once gets its own answer, known by its transaction id.',
    run: async (tracker) => {
      const id = await tracker.connect();
      const hashes = Array.from({ length: 8 }, () => tracker.newTorrent());
      await Promise.all(hashes.map((infoHash, index) => tracker.join(infoHash, { port: 6000 + index })));
      const seen = await Promise.all(hashes.map((infoHash) => tracker.announce({ infoHash }, id)));
      const wrong = seen.findIndex(({ peers }, index) => !peers.some((peer) => peer.endsWith(`:${6000 + index}`)));
      if (wrong !== -1) fail(`request ${wrong} got the answer to another`);
    },
  }),
  {
    ...udpCase({
      id: 'bep15/tracker/announce/one-swarm',
      level: 'SHOULD',
      rule: 'Who announces over UDP is told to who asks over HTTP.',
      run: async () => undefined,
    }),
    run: async ({ http, udp, known }, kit) => {
      if (http === undefined || udp === undefined) return notApplicable('it has only one of both protocols');
      const tracker = await UdpTracker.open(udp, kit, { known });
      const infoHash = tracker.newTorrent();
      const { port } = await tracker.join(infoHash);
      const ports = await new HttpTracker(http, kit, known).portsSeen(infoHash.toString('latin1'));
      if (!ports.includes(port)) fail('it is not');
    },
  },
  udpCase({
    id: 'bep15/tracker/announce/ipv6-peers',
    level: 'MUST',
    rule: 'Over IPv6, peers have eighteen bytes.',
    section: 'BEP 15, IPv6',
    run: async (tracker, kit) => {
      const udp = { ...tracker.address, host: '::1' };
      let six: UdpTracker;
      try {
        six = await UdpTracker.open(udp, kit);
      } catch {
        return notApplicable('this system has no IPv6');
      }
      const transaction = six.newTransaction();
      if (!(await answersConnect(six, transaction))) return notApplicable('it does not listen on ::1');
      const infoHash = tracker.newTorrent();
      const { port } = await six.join(infoHash);
      const { peers, restBytes } = await six.announce({ infoHash });
      if (restBytes !== 0) fail(`${restBytes} bytes stand behind the last whole peer`);
      if (!peers.includes(`[0:0:0:0:0:0:0:1]:${port}`)) fail(`told ${JSON.stringify(peers)}`);
    },
  }),
];

/** Whether anybody listens there: closed ports are told at once, and then nothing is waited for. */
async function answersConnect(tracker: UdpTracker, transaction: number): Promise<boolean> {
  const answer = await tracker.askOnce(transaction);
  return answer !== undefined && answer.readUInt32BE(0) === ACTION.connect;
}
