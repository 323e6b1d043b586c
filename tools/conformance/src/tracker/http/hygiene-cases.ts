import type { Case } from '../../case.js';
import { fail } from '../../errors.js';
import { HUGE_HEAD_BYTES } from '../limits.js';
import type { TrackerSubject } from '../subject.js';
import { httpCase } from './http-case.js';
import { type HttpTracker, readReply, shown } from './http-tracker.js';

const MESSAGES = 'RFC 9112';
const SAFE = 'RFC 9112, section 11';

const KEEP_ALIVE = { headers: '' };

/** How it speaks HTTP, and what it bears. */
export const hygieneCases: readonly Case<TrackerSubject>[] = [
  httpCase({
    id: 'bep3/tracker/http/split',
    level: 'MUST',
    rule: 'A request that arrives byte by byte is the same request.',
    section: MESSAGES,
    run: async (tracker) => {
      const request = tracker.head(tracker.target({ infoHash: tracker.newTorrent() }));
      const { answers } = await tracker.talk({ chunks: [...request] });
      if (answers[0] === undefined) fail('it did not answer');
      if (readReply(answers[0]).dict?.has('peers') !== true) fail(`it answered with ${shown(answers[0])}`);
    },
  }),
  httpCase({
    id: 'bep3/tracker/http/http-1-0',
    level: 'MUST',
    rule: 'It answers HTTP/1.0, and closes behind the answer.',
    section: 'RFC 9112, section 9.3',
    run: async (tracker) => {
      const request = tracker.head(tracker.target({ infoHash: tracker.newTorrent() }), { version: '1.0', headers: '' });
      // One answer more than there can be: it is over when the tracker closes.
      const { answers, isClosed } = await tracker.talk({ chunks: [request], answers: 2 });
      if (answers[0] === undefined || readReply(answers[0]).dict === undefined) fail('it did not answer');
      if (!isClosed) fail('it kept the connection open');
    },
  }),
  httpCase({
    id: 'bep3/tracker/http/close',
    level: 'MUST',
    rule: 'Asked with Connection: close, it closes behind the answer.',
    section: 'RFC 9112, section 9.6',
    run: async (tracker) => {
      const request = tracker.head(tracker.target({ infoHash: tracker.newTorrent() }));
      const { answers, isClosed } = await tracker.talk({ chunks: [request], answers: 2 });
      if (answers.length !== 1) fail(`it gave ${answers.length} answers`);
      if (!isClosed) fail('it kept the connection open');
    },
  }),
  httpCase({
    id: 'bep3/tracker/http/framed',
    level: 'MUST',
    rule: 'The end of an answer is told: by Content-Length, by chunks, or by closing.',
    section: 'RFC 9112, section 6.3',
    run: async (tracker) => {
      const request = tracker.head(tracker.target({ infoHash: tracker.newTorrent() }), KEEP_ALIVE);
      const { answers, rest } = await tracker.talk({ chunks: [request] });
      if (answers[0] === undefined) fail(`the answer does not end as it says: ${JSON.stringify(rest.slice(0, 100))}`);
      if (rest !== '') fail(`${rest.length} bytes stand behind its end`);
      if (readReply(answers[0]).dict === undefined) fail(`it answered with ${shown(answers[0])}`);
    },
  }),
  httpCase({
    id: 'bep3/tracker/http/keep-alive',
    level: 'MUST',
    rule: 'A connection that it does not close takes a second request.',
    section: 'RFC 9112, section 9.3',
    run: async (tracker) => {
      const [one, other] = [tracker.newTorrent(), tracker.newTorrent()].map((infoHash) =>
        tracker.head(tracker.target({ infoHash }), KEEP_ALIVE),
      );
      const { answers, isClosed } = await tracker.talk({ chunks: [one!, other!], answers: 2 });
      if (answers.length === 0) fail('it did not answer at all');
      if (answers.length === 1 && !isClosed) fail('it left the second request without an answer');
      mustBeReplies(answers);
    },
  }),
  httpCase({
    id: 'bep3/tracker/http/pipelined',
    level: 'SHOULD',
    rule: 'Requests that arrive together are answered in their order, or the connection is closed behind the first.',
    section: 'RFC 9112, section 9.3.2',
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      const missing = tracker.head(`${tracker.address.path}?nothing=1`, KEEP_ALIVE);
      const good = tracker.head(tracker.target({ infoHash }), KEEP_ALIVE);
      const { answers, isClosed } = await tracker.talk({ chunks: [missing + good], answers: 2 });
      const replies = answers.map(readReply);
      if (replies.length === 0) fail('it did not answer');
      if (replies[0]!.dict?.has('peers') === true) fail('the second answer came first');
      if (replies.length === 1 && !isClosed) fail('it left the second request without an answer');
      if (replies.length === 2 && replies[1]!.dict?.has('peers') !== true)
        fail(`the second answer is ${shown(answers[1]!)}`);
    },
  }),
  httpCase({
    id: 'bep3/tracker/http/header-names',
    level: 'MUST',
    rule: 'Names of headers have no case, and blanks around their values do not count.',
    section: 'RFC 9110, section 5.1',
    run: async (tracker) => {
      const { host, port } = tracker.address;
      const request = `GET ${tracker.target({ infoHash: tracker.newTorrent() })} HTTP/1.1\r\nhOST:${host}:${port}\r\nCONNECTION:   close  \r\nAccept-Encoding: gzip;q=0\r\n\r\n`;
      const { answers } = await tracker.talk({ chunks: [request] });
      if (answers[0] === undefined || readReply(answers[0]).dict?.has('peers') !== true)
        fail('it did not answer as to an ordinary request');
    },
  }),
  httpCase({
    id: 'bep3/tracker/http/head',
    level: 'SHOULD',
    rule: 'HEAD is answered without a body, or refused.',
    section: 'RFC 9110, section 9.3.2',
    run: async (tracker) => {
      const request = tracker.head(tracker.target({ infoHash: tracker.newTorrent() }), { method: 'HEAD' });
      const { answers, rest, isLate } = await tracker.talk({ chunks: [request], answers: 2, isBodiless: true });
      if (isLate) fail('it neither answered nor closed');
      if (answers[0]?.status === 200 && rest !== '') fail(`a body of ${rest.length} bytes followed`);
      await tracker.mustLive();
    },
  }),
  httpCase({
    id: 'bep3/tracker/http/methods',
    level: 'SAFE',
    rule: 'Other methods are refused or the connection closed; nobody joins by them, and the tracker lives.',
    section: 'RFC 9110, section 15.5.6',
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      for (const method of ['DELETE', 'PUT', 'OPTIONS', 'TRACE', 'BREW', 'get']) {
        await tracker.talk({ chunks: [tracker.head(tracker.target({ infoHash }), { method })] });
      }
      const ports = await tracker.portsSeen(infoHash);
      if (ports.length > 0) fail('somebody joined by another method');
    },
  }),
  httpCase({
    id: 'bep3/tracker/http/other-path',
    level: 'SHOULD',
    rule: 'A path that is not the tracker’s is refused, and nobody joins by it.',
    section: 'RFC 9110, section 15.5.5',
    run: async (tracker) => {
      const infoHash = tracker.newTorrent();
      const target = tracker.target({ infoHash, event: 'started' }).replace(/^[^?]*/, '/no/such/place');
      const answer = await tracker.get(target);
      if (answer.status < 400 && readReply(answer).failure === undefined) fail(`it answered with ${shown(answer)}`);
      if ((await tracker.portsSeen(infoHash)).length > 0) fail('somebody joined by it');
    },
  }),
  httpCase({
    id: 'bep3/tracker/http/junk',
    level: 'SAFE',
    rule: 'What is no HTTP is refused or the connection closed; the tracker lives.',
    section: SAFE,
    run: async (tracker) => {
      const junk = [
        '\0\0\0\0\r\n\r\n',
        '\x16\x03\x01\0\xc8\x01\0\0\xc4\x03\x03\r\n\r\n',
        'GET\r\n\r\n',
        'GET  HTTP/1.1\r\n\r\n',
        '\r\n\r\n\r\n\r\n',
        'GET / HTTP/9.9\r\n\r\n',
        '\x13BitTorrent protocol\r\n\r\n',
        'GET /announce?info_hash=\xff\xfe\0 HTTP/1.1\r\n\r\n',
      ];
      for (const bytes of junk) {
        const { isLate } = await tracker.talk({ chunks: [bytes], limitMs: tracker.kit.ms(15_000) });
        // Silence is a matter of the case about slow requests.
        tracker.kit.log({ isLate });
      }
      await tracker.mustLive();
    },
  }),
  httpCase({
    id: 'bep3/tracker/http/long-path',
    level: 'SAFE',
    rule: 'A path of a megabyte is refused or the connection closed, not collected.',
    section: SAFE,
    run: async (tracker) => {
      const target = tracker.target({ infoHash: tracker.newTorrent(), more: `&x=${'x'.repeat(HUGE_HEAD_BYTES)}` });
      await mustRefuseHead(tracker, tracker.head(target));
    },
  }),
  httpCase({
    id: 'bep3/tracker/http/large-headers',
    level: 'SAFE',
    rule: 'Headers of a megabyte are refused or the connection closed, not collected.',
    section: SAFE,
    run: async (tracker) => {
      const headers = `X-Large: ${'x'.repeat(HUGE_HEAD_BYTES)}\r\n`;
      await mustRefuseHead(tracker, tracker.head(tracker.target({ infoHash: tracker.newTorrent() }), { headers }));
    },
  }),
  httpCase({
    id: 'bep3/tracker/http/many-headers',
    level: 'SAFE',
    rule: 'A hundred thousand headers are refused or the connection closed, not collected.',
    section: SAFE,
    run: async (tracker) => {
      const headers = 'A: b\r\n'.repeat(100_000);
      await mustRefuseHead(tracker, tracker.head(tracker.target({ infoHash: tracker.newTorrent() }), { headers }));
    },
  }),
  httpCase({
    id: 'bep3/tracker/http/endless-head',
    level: 'SAFE',
    rule: 'A head that never ends is refused, not collected.',
    section: SAFE,
    run: async (tracker) => {
      const chunks = ['GET /', ...Array.from({ length: 128 }, () => 'a'.repeat(65_536))];
      const { isClosed, answers } = await tracker.talk({ chunks });
      if (!isClosed && answers.length === 0) fail('it took 8 MiB of a request line, and waited for more');
      await tracker.mustLive();
    },
  }),
  httpCase({
    id: 'bep3/tracker/http/slow-head',
    level: 'SAFE',
    rule: 'A request that is not whole after two minutes is given up.',
    section: SAFE,
    profile: 'full',
    timeoutMs: 240_000,
    run: async (tracker) => {
      const { isClosed, answers } = await tracker.talk({
        chunks: ['GET /announce?info_hash='],
        limitMs: tracker.kit.ms(130_000),
      });
      if (!isClosed && answers.length === 0) fail('it still held half a request after 130 s');
    },
  }),
  httpCase({
    id: 'bep3/tracker/http/many-connections',
    level: 'SAFE',
    rule: 'With two hundred connections that say nothing, it still answers others.',
    section: SAFE,
    run: async (tracker) => {
      const idle = Array.from({ length: 200 }, () =>
        tracker.talk({ chunks: ['GET /announce'], limitMs: 60_000 }).catch(() => undefined),
      );
      await tracker.mustLive();
      tracker.kit.log({ idle: idle.length });
    },
  }),
];

function mustBeReplies(answers: readonly Parameters<typeof readReply>[0][]): void {
  for (const answer of answers) {
    if (readReply(answer).dict === undefined) fail(`it answered with ${shown(answer)}`);
  }
}

async function mustRefuseHead(tracker: HttpTracker, head: string): Promise<void> {
  const { answers, isClosed } = await tracker.talk({ chunks: [head] });
  const accepted = answers[0] !== undefined && readReply(answers[0]).dict?.has('peers') === true;
  if (accepted) fail(`it took a head of ${head.length} bytes`);
  if (answers.length === 0 && !isClosed) fail('it neither answered nor closed');
  await tracker.mustLive();
}
