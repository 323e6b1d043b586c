import type { Case } from '../../case.js';
import { fail } from '../../errors.js';
import { percent } from '../bytes.js';
import type { TrackerSubject } from '../subject.js';
import { httpCase } from './http-case.js';
import { type HttpTracker, shown } from './http-tracker.js';

const SECTION = 'BEP 3, trackers';

/** The query that an ordinary announce would have, to be changed. */
function queryOf(tracker: HttpTracker, infoHash: string, port: number): string {
  return tracker.target({ infoHash, port, event: 'started' }).replace(/^[^?]*\?/, '');
}

/** Announces with a changed query, and asks whether the peer is there under this info-hash. */
async function mustUnderstand(
  tracker: HttpTracker,
  infoHash: string,
  change: (query: string) => string,
): Promise<void> {
  tracker.mustKnow(infoHash);
  const port = tracker.newPort();
  const { failure, answer } = await tracker.ask(change(queryOf(tracker, infoHash, port)));
  if (failure !== undefined) fail(`it refused: ${failure}`);
  if (answer.status !== 200) fail(`it answered with ${shown(answer)}`);
  if (!(await tracker.portsSeen(infoHash)).includes(port)) fail('the peer is not there afterwards');
}

/** Sends a query that says nothing sensible: it must be refused, and nobody told of it. */
async function mustRefuse(
  tracker: HttpTracker,
  change: (query: string) => string,
  infoHash = tracker.newTorrent(),
): Promise<void> {
  const port = tracker.newPort();
  const { failure, answer, dict } = await tracker.ask(change(queryOf(tracker, infoHash, port)));
  if (failure === undefined && answer.status < 400 && dict !== undefined) fail(`it accepted: ${shown(answer)}`);
  if ((await tracker.portsSeen(infoHash)).includes(port)) fail('the peer is there afterwards');
}

/** Sends a query that is refused, or does no harm to others. */
async function mustSurvive(
  tracker: HttpTracker,
  change: (query: string) => string,
  harm: (ports: readonly number[]) => string | undefined,
): Promise<void> {
  const infoHash = tracker.newTorrent();
  await tracker.ask(change(queryOf(tracker, infoHash, tracker.newPort())));
  const found = harm(await tracker.portsSeen(infoHash));
  if (found !== undefined) fail(found);
}

const without = (name: string) => (query: string) =>
  query.replace(new RegExp(`(^|&)${name}=[^&]*`), '').replace(/^&/, '');
const having = (name: string, value: string) => (query: string) =>
  query.replace(new RegExp(`(^|&)${name}=[^&]*`), `$1${name}=${value}`);

/** A hash with all that has to be escaped, and all that need not be. */
const ODD_BYTES = '\0%&=+#?/ \x7f\xff\r\naZ9-_.~';

/** How a request is written. */
export const queryCases: readonly Case<TrackerSubject>[] = [
  httpCase({
    id: 'bep3/tracker/query/odd-bytes',
    level: 'MUST',
    rule: 'An info-hash has any bytes: also zero, percent, ampersand, plus, line ends.',
    section: SECTION,
    run: async (tracker) => {
      const infoHash = `${ODD_BYTES}${tracker.newTorrent()}`.slice(0, 20);
      await mustUnderstand(tracker, infoHash, (query) => query);
    },
  }),
  httpCase({
    id: 'bep3/tracker/query/escapes-upper',
    level: 'MUST',
    rule: 'Digits of an escape come in either case.',
    section: 'RFC 3986, section 2.1',
    run: async (tracker) => {
      await mustUnderstand(tracker, tracker.newTorrent(), (query) =>
        query.replace(/%[0-9a-f]{2}/g, (digits) => digits.toUpperCase()),
      );
    },
  }),
  httpCase({
    id: 'bep3/tracker/query/escapes-mixed',
    level: 'MUST',
    rule: 'What need not be escaped may stand as it is: both spell the same bytes.',
    section: 'RFC 3986, section 2.3',
    run: async (tracker) => {
      const tail = Array.from({ length: 8 }, () => String(tracker.kit.randomBelow(10))).join('');
      const infoHash = `abcXYZ-._~${'\x01\xfe'}${tail}`;
      await mustUnderstand(tracker, infoHash, having('info_hash', `abcXYZ-._~%01%fe${tail}`));
    },
  }),
  httpCase({
    id: 'bep3/tracker/query/order',
    level: 'MUST',
    rule: 'Parameters come in any order.',
    section: SECTION,
    run: async (tracker) => {
      await mustUnderstand(tracker, tracker.newTorrent(), (query) => query.split('&').reverse().join('&'));
    },
  }),
  httpCase({
    id: 'bep3/tracker/query/unknown',
    level: 'SHOULD',
    rule: 'Parameters that nobody knows do no harm.',
    section: SECTION,
    run: async (tracker) => {
      await mustUnderstand(
        tracker,
        tracker.newTorrent(),
        (query) => `zzz=1&${query}&supportcrypto=1&redundant=0&corrupt=0&x`,
      );
    },
  }),
  httpCase({
    id: 'bep3/tracker/query/minimal',
    level: 'SHOULD',
    rule: 'It takes an announce of what BEP 3 lists, and nothing else.',
    section: SECTION,
    run: async (tracker) => {
      await mustUnderstand(tracker, tracker.newTorrent(), (query) => without('compact')(without('event')(query)));
    },
  }),
  httpCase({
    id: 'bep3/tracker/query/large-counts',
    level: 'MUST',
    rule: 'Counts beyond 32 bits are ordinary.',
    section: SECTION,
    run: async (tracker) => {
      const large = (query: string): string => having('left', '1099511627776')(having('uploaded', '5000000000')(query));
      await mustUnderstand(tracker, tracker.newTorrent(), large);
    },
  }),
  ...['19', '21', '0', '40'].map((length) =>
    httpCase({
      id: `bep3/tracker/query/info-hash-${length}`,
      level: 'MUST',
      rule: `An info-hash of ${length} bytes is refused: it has twenty.`,
      section: SECTION,
      run: async (tracker) => {
        const infoHash = tracker.newTorrent();
        const other = (infoHash + infoHash).slice(0, Number(length));
        await mustRefuse(tracker, having('info_hash', percent(other)), infoHash);
      },
    }),
  ),
  httpCase({
    id: 'bep3/tracker/query/info-hash-missing',
    level: 'MUST',
    rule: 'An announce without info-hash is refused.',
    section: SECTION,
    run: (tracker) => mustRefuse(tracker, without('info_hash')),
  }),
  httpCase({
    id: 'bep3/tracker/query/port-missing',
    level: 'SHOULD',
    rule: 'An announce without port is refused.',
    section: SECTION,
    run: (tracker) => mustRefuse(tracker, without('port')),
  }),
  httpCase({
    id: 'bep3/tracker/query/peer-id-missing',
    level: 'SHOULD',
    rule: 'An announce without peer id is refused.',
    section: SECTION,
    run: (tracker) => mustRefuse(tracker, without('peer_id')),
  }),
  httpCase({
    id: 'bep3/tracker/query/peer-id-short',
    level: 'SHOULD',
    rule: 'A peer id of nineteen bytes is refused: it has twenty.',
    section: SECTION,
    run: (tracker) => mustRefuse(tracker, having('peer_id', 'x'.repeat(19))),
  }),
  httpCase({
    id: 'bep3/tracker/query/empty',
    level: 'MUST',
    rule: 'An announce that says nothing is refused.',
    section: SECTION,
    run: (tracker) => mustRefuse(tracker, () => ''),
  }),
  httpCase({
    id: 'bep3/tracker/query/failure-reason',
    level: 'SHOULD',
    rule: 'A refusal is a dictionary with a failure reason that a person can read.',
    section: SECTION,
    run: async (tracker) => {
      const { failure, answer } = await tracker.ask('info_hash=short&port=1');
      if (failure === undefined) fail(`it answered with ${shown(answer)}`);
      if (!/[a-z]{3}/i.test(failure)) fail(`the reason is ${JSON.stringify(failure)}`);
    },
  }),
  httpCase({
    id: 'bep3/tracker/query/failure-alone',
    level: 'MUST',
    rule: 'Beside a failure reason there are no peers.',
    section: SECTION,
    run: async (tracker) => {
      const { failure, dict } = await tracker.ask('info_hash=short&port=1');
      if (failure !== undefined && (dict?.has('peers') === true || dict?.has('interval') === true))
        fail('peers or an interval stand beside it');
    },
  }),
  ...['0', '65536', '-1', '4294967297', 'http', '1e3', ''].map((port) =>
    httpCase({
      id: `bep3/tracker/query/port-${({ '': 'empty', '-1': 'negative' } as Record<string, string>)[port] ?? port}`,
      level: 'SAFE',
      rule: `A port of ${JSON.stringify(port)} is refused, or nobody is told of it.`,
      section: SECTION,
      run: (tracker) =>
        mustSurvive(tracker, having('port', port), (ports) =>
          ports.length === 0 ? undefined : `it told port ${ports.join(', ')}`,
        ),
    }),
  ),
  httpCase({
    id: 'bep3/tracker/query/bad-escapes',
    level: 'SAFE',
    rule: 'Escapes that are none are refused, or taken for what they are; the tracker lives.',
    section: 'RFC 3986, section 2.1',
    run: async (tracker) => {
      for (const hash of ['%', '%2', '%zz'.repeat(20), '%%%%', '%u0041', `${'%41'.repeat(19)}%4`]) {
        await tracker.talk({
          chunks: [tracker.head(tracker.target({ infoHash: 'x' }).replace(/info_hash=[^&]*/, `info_hash=${hash}`))],
        });
      }
      await tracker.mustLive();
    },
  }),
  httpCase({
    id: 'bep3/tracker/query/counts-nonsense',
    level: 'SAFE',
    rule: 'Counts that are no numbers, or beyond all numbers, are refused or taken for something; the tracker lives.',
    section: SECTION,
    run: async (tracker) => {
      for (const count of ['-1', 'NaN', '18446744073709551616', '9'.repeat(1000), '%00', '1.5']) {
        await tracker.ask(having('left', count)(queryOf(tracker, tracker.newTorrent(), tracker.newPort())));
      }
      await tracker.mustLive();
    },
  }),
  httpCase({
    id: 'bep3/tracker/query/repeated',
    level: 'SAFE',
    rule: 'A parameter that stands twice is read in one way: the peer is in one torrent, or refused.',
    section: SECTION,
    run: async (tracker) => {
      const [one, other] = [tracker.newTorrent(), tracker.newTorrent()];
      const port = tracker.newPort();
      await tracker.ask(`${queryOf(tracker, one, port)}&info_hash=${percent(other)}`);
      const seen = [(await tracker.portsSeen(one)).includes(port), (await tracker.portsSeen(other)).includes(port)];
      if (seen[0] && seen[1]) fail('one announce joined two torrents');
    },
  }),
];
