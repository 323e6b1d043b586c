import type { Case } from '../../case.js';
import { fail } from '../../errors.js';
import type { TrackerSubject } from '../subject.js';
import { udpCase } from './udp-case.js';
import { ACTION, connectRequest, requestHead, shownPacket, type UdpTracker } from './udp-tracker.js';

const ERRORS = 'BEP 15, errors';

/** Errors over UDP, and what a tracker has to bear. */
export const udpHygieneCases: readonly Case<TrackerSubject>[] = [
  udpCase({
    id: 'bep15/tracker/error/form',
    level: 'MUST',
    rule: 'If it answers a request that it does not take, then with action 3, the transaction id, and a message.',
    section: ERRORS,
    run: async (tracker) => {
      const id = await tracker.connect();
      const asked = [
        { connection: 0x0123_4567_89ab_cdefn, action: ACTION.announce, length: 98 },
        { connection: id, action: 7, length: 98 },
        { connection: id, action: 0xffff_ffff, length: 36 },
      ].map((bad) => ({ ...bad, transaction: tracker.newTransaction() }));
      for (const { connection, action, transaction, length } of asked)
        tracker.send(requestHead(length, connection, action, transaction));
      await tracker.mustLive();
      for (const { transaction } of asked) {
        const answer = answerTo(tracker, transaction);
        if (answer !== undefined && answer.readUInt32BE(0) !== ACTION.error)
          fail(`it answered with ${shownPacket(answer)}`);
      }
      const strange = tracker.received.find((packet) => packet.length < 8);
      if (strange !== undefined) fail(`it sent ${shownPacket(strange)}`);
    },
  }),
  udpCase({
    id: 'bep15/tracker/error/small',
    level: 'SAFE',
    rule: 'What it answers to who has not connected is not longer than the request.',
    section: 'BEP 15, UDP connections / spoofing',
    run: async (tracker) => {
      const transaction = tracker.newTransaction();
      tracker.send(tracker.announceRequest({ infoHash: tracker.newTorrent() }, 1n, transaction));
      await tracker.mustLive();
      const answer = answerTo(tracker, transaction);
      if (answer !== undefined && answer.length > 98) fail(`it answered 98 bytes with ${answer.length}`);
    },
  }),
  udpCase({
    id: 'bep15/tracker/hygiene/short',
    level: 'SAFE',
    rule: 'Packets that are too short for a request get no connection id; the tracker lives.',
    run: async (tracker) => {
      const transaction = tracker.newTransaction();
      for (const length of [0, 1, 7, 8, 11, 12, 15]) tracker.send(connectRequest(transaction).subarray(0, length));
      await tracker.mustLive();
      const unasked = tracker.received.slice(0, -1);
      if (unasked.length > 0) fail(`it answered with ${shownPacket(unasked[0]!)}`);
    },
  }),
  udpCase({
    id: 'bep15/tracker/hygiene/replies',
    level: 'SAFE',
    rule: 'A reply that is sent to it is not answered: two trackers must not talk to each other for ever.',
    section: ERRORS,
    run: async (tracker) => {
      const transaction = tracker.newTransaction();
      const reply = Buffer.alloc(40);
      reply.writeUInt32BE(ACTION.error, 0);
      reply.writeUInt32BE(transaction, 4);
      reply.write('no', 8);
      for (let count = 0; count < 5; count++) tracker.send(reply.subarray(0, 10));
      await tracker.mustLive();
      const unasked = tracker.received.slice(0, -1);
      if (unasked.length > 0) fail(`it answered with ${shownPacket(unasked[0]!)}`);
    },
  }),
  udpCase({
    id: 'bep15/tracker/hygiene/flood',
    level: 'SAFE',
    rule: 'After ten thousand packets of junk it still answers.',
    timeoutMs: 180_000,
    run: async (tracker, kit) => {
      const noise = Buffer.from(Array.from({ length: 4096 }, () => kit.randomBelow(256)));
      for (let batch = 0; batch < 50; batch++) {
        for (let count = 0; count < 200; count++) {
          const start = kit.randomBelow(3800);
          tracker.send(noise.subarray(start, start + kit.randomBelow(200)));
        }
        await tracker.mustLive();
      }
    },
  }),
  udpCase({
    id: 'bep15/tracker/hygiene/large',
    level: 'SAFE',
    rule: 'A packet of 60,000 bytes is dropped, or read as far as its fields go; the tracker lives.',
    run: async (tracker) => {
      const packet = Buffer.alloc(60_000, 0xff);
      tracker
        .announceRequest({ infoHash: tracker.newTorrent() }, await tracker.connect(), tracker.newTransaction())
        .copy(packet);
      tracker.send(packet);
      await tracker.mustLive();
    },
  }),
];

function answerTo(tracker: UdpTracker, transaction: number): Buffer | undefined {
  return tracker.received.find((packet) => packet.length >= 8 && packet.readUInt32BE(4) === transaction);
}
