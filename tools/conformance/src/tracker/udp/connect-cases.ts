import type { Case } from '../../case.js';
import { fail, notApplicable } from '../../errors.js';
import type { TrackerSubject } from '../subject.js';
import { udpCase } from './udp-case.js';
import { ACTION, connectRequest, requestHead, shownPacket, UdpTracker } from './udp-tracker.js';

const SPOOFING = 'BEP 15, UDP connections / spoofing';

/** Connection ids, and what comes before an announce. */
export const connectCases: readonly Case<TrackerSubject>[] = [
  udpCase({
    id: 'bep15/tracker/connect/answers',
    level: 'MUST',
    rule: 'It answers a connect request with action 0, the transaction id, and a connection id.',
    run: async (tracker) => {
      const transaction = tracker.newTransaction();
      const answer = await tracker.ask(connectRequest(transaction), transaction);
      if (answer === undefined) fail('it did not answer');
      if (answer.readUInt32BE(0) !== ACTION.connect || answer.length < 16)
        fail(`it answered with ${shownPacket(answer)}`);
    },
  }),
  ...[0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff].map((transaction) =>
    udpCase({
      id: `bep15/tracker/connect/transaction-${transaction.toString(16)}`,
      level: 'MUST',
      rule: `It gives the transaction id 0x${transaction.toString(16)} back, whatever it looks like.`,
      run: async (tracker) => {
        const answer = await tracker.ask(connectRequest(transaction), transaction);
        if (answer === undefined) fail('no answer had this transaction id');
      },
    }),
  ),
  udpCase({
    id: 'bep15/tracker/connect/longer',
    level: 'MUST',
    rule: 'A connect request may be longer than its fields of today.',
    section: 'BEP 15, extensions',
    run: async (tracker) => {
      const transaction = tracker.newTransaction();
      const answer = await tracker.ask(Buffer.concat([connectRequest(transaction), Buffer.alloc(8, 1)]), transaction);
      if (answer?.readUInt32BE(0) !== ACTION.connect)
        fail(answer === undefined ? 'it did not answer' : shownPacket(answer));
    },
  }),
  udpCase({
    id: 'bep15/tracker/connect/other-protocol',
    level: 'MUST',
    rule: 'A request that begins with another number than the protocol’s gets no connection id.',
    run: async (tracker) => {
      const transaction = tracker.newTransaction();
      tracker.send(requestHead(16, 0x417_2710_1981n, ACTION.connect, transaction));
      await tracker.mustLive();
      const given = tracker.received.find(
        (packet) =>
          packet.length >= 16 && packet.readUInt32BE(0) === ACTION.connect && packet.readUInt32BE(4) === transaction,
      );
      if (given !== undefined) fail('it gave out a connection id');
    },
  }),
  udpCase({
    id: 'bep15/tracker/connect/guessing',
    level: 'SAFE',
    rule: 'Connection ids cannot be guessed: they are not zero, not the protocol’s number, and not in sequence.',
    section: SPOOFING,
    run: async (tracker, kit) => {
      const ids: bigint[] = [];
      for (let count = 0; count < 4; count++) ids.push(await (await UdpTracker.open(tracker.address, kit)).connect());
      const steps = ids.slice(1).map((id, index) => id - ids[index]!);
      const isCounted = steps.every((step) => step !== 0n && step > -65_536n && step < 65_536n);
      if (ids.includes(0n) || ids.includes(0x417_2710_1980n) || isCounted)
        fail(`it gave out ${ids.map((id) => id.toString(16)).join(', ')}`);
    },
  }),
  udpCase({
    id: 'bep15/tracker/connect/made-up',
    level: 'MUST',
    rule: 'An announce with a connection id that it never gave out is not taken.',
    section: SPOOFING,
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      const port = tracker.newPort();
      tracker.send(tracker.announceRequest({ infoHash, port }, 0x0123_4567_89ab_cdefn, tracker.newTransaction()));
      if ((await tracker.portsSeen(infoHash)).includes(port)) fail('the peer is there');
    },
  }),
  udpCase({
    id: 'bep15/tracker/connect/of-another',
    level: 'MUST',
    rule: 'A connection id that was given to one address is not taken from another.',
    section: SPOOFING,
    run: async (tracker, kit) => {
      if (tracker.address.host !== '127.0.0.1') notApplicable('only 127.0.0.1 has neighbours here');
      const id = await tracker.connect();
      let other: UdpTracker;
      try {
        other = await UdpTracker.open(tracker.address, kit, { from: '127.0.0.2' });
      } catch {
        return notApplicable('this system has no 127.0.0.2');
      }
      const infoHash = tracker.newTorrent();
      const port = tracker.newPort();
      other.send(other.announceRequest({ infoHash, port }, id, other.newTransaction()));
      await other.mustLive();
      if ((await tracker.portsSeen(infoHash)).includes(port)) fail('the other one is a peer now');
    },
  }),
  udpCase({
    id: 'bep15/tracker/connect/zero',
    level: 'MUST',
    rule: 'An announce without connecting first is not taken.',
    section: SPOOFING,
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      const port = tracker.newPort();
      for (const id of [0n, 0x417_2710_1980n])
        tracker.send(tracker.announceRequest({ infoHash, port }, id, tracker.newTransaction()));
      if ((await tracker.portsSeen(infoHash)).includes(port)) fail('the peer is there');
    },
  }),
  udpCase({
    id: 'bep15/tracker/connect/many-uses',
    level: 'MUST',
    rule: 'A connection id is good for several requests.',
    section: SPOOFING,
    run: async (tracker) => {
      const id = await tracker.connect();
      for (let count = 0; count < 5; count++) await tracker.announce({ infoHash: tracker.newTorrent() }, id);
    },
  }),
  udpCase({
    id: 'bep15/tracker/connect/minute',
    level: 'MUST',
    rule: 'A connection id is good for a minute.',
    section: SPOOFING,
    profile: 'full',
    timeoutMs: 200_000,
    run: async (tracker, kit) => {
      const id = await tracker.connect();
      await pause(kit.ms(58_000), kit.signal);
      await tracker.announce({ infoHash: tracker.newTorrent() }, id);
    },
  }),
  udpCase({
    id: 'bep15/tracker/connect/small-answer',
    level: 'SAFE',
    rule: 'What it answers to a connect request is not longer than the request: it is no amplifier.',
    section: SPOOFING,
    run: async (tracker) => {
      const transaction = tracker.newTransaction();
      const answer = await tracker.ask(connectRequest(transaction), transaction);
      if (answer !== undefined && answer.length > 16) fail(`it answered 16 bytes with ${answer.length}`);
    },
  }),
];

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
