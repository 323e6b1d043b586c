import type { TrackerScenario } from '@unchoke/mock-tracker';
import type { Case } from '../../case.js';
import { fail, notApplicable } from '../../errors.js';
import { clientCase } from '../client-case.js';
import type { ClientSubject } from '../subject.js';

type Do = NonNullable<TrackerScenario['rules'][number]['do']>;
type Row = readonly [id: string, what: string, doing: Do];

const ANSWERS = 'BEP 3, trackers';
const MIB = 1024 * 1024;

/** Answers that are none. Peers come from elsewhere, so the download goes on whatever the tracker says. */
const ROWS: readonly Row[] = [
  ['body/empty', 'answers with nothing', { body: { replace: { text: '' } } }],
  ['body/html', 'answers with a page of HTML', { body: { replace: { text: '<html><body>It works!</body></html>' } } }],
  ['body/truncated', 'stops in the middle of its answer', { body: { cutAt: 20 } }],
  ['body/nested', 'answers with a hundred thousand lists in each other', { body: { nest: 100_000 } }],
  ['body/long', 'answers with ten more megabytes', { body: { padBytes: 10 * MIB } }],
  ['body/unsorted', 'does not sort the keys of its answer', { body: { keys: 'unsorted' } }],
  ['body/duplicate-keys', 'says a key twice', { body: { keys: 'duplicate' } }],
  ['body/flipped', 'answers with a bit wrong', { body: { flipAt: 0 } }],
  ['http/status-500', 'answers with status 500', { http: { status: 500 } }],
  ['http/status-404', 'answers with status 404', { http: { status: 404 } }],
  ['http/redirect-loop', 'redirects for ever', { http: { redirect: 'loop' } }],
  ['http/redirect-file', 'redirects to a file', { http: { redirect: 'file:///etc/passwd' } }],
  ['http/gzip-corrupt', 'sends gzip that is broken', { http: { encoding: 'gzip-corrupt' } }],
  ['http/gzip-cut', 'sends gzip that ends too early', { http: { encoding: 'gzip-cut' } }],
  ['http/gzip-bomb', 'sends gzip that grows to 256 MiB', { http: { encoding: 'gzip-bomb', bombBytes: 256 * MIB } }],
  ['http/chunk-size', 'sends chunks of bad sizes', { http: { transfer: 'chunked-bad-size' } }],
  ['http/chunks-endless', 'never stops sending chunks', { http: { transfer: 'chunked-endless' } }],
  ['http/content-length', 'announces more bytes than come', { http: { contentLength: 100_000 } }],
  ['http/endless', 'sends a body without end', { http: { endless: true } }],
  ['http/silence', 'takes the request and never answers', { http: { silence: true } }],
  ['http/slow-body', 'sends a byte a second', { http: { slowBody: { bytes: 1, everyMs: 1_000 } } }],
  ['http/slow-head', 'sends its headers a byte a second', { http: { slowHead: { bytes: 1, everyMs: 1_000 } } }],
  ['http/reset', 'resets the connection in the middle', { http: { resetAt: 30 } }],
  [
    'peers/odd-length',
    'cuts the last peer in half',
    { reply: { peers: { only: ['127.0.0.1:1', '127.0.0.1:2'], cutBytes: 3 } } },
  ],
  ['peers/none', 'names no peers at all', { reply: { peers: { none: true } } }],
  ['peers/junk', 'mixes junk into a list of peers', { reply: { peers: { form: 'dictionary', junk: true } } }],
  [
    'peers/bad-addresses',
    'names port 0, multicast and broadcast',
    { reply: { peers: { only: ['127.0.0.1:0', '224.0.0.1:6881', '255.255.255.255:6881', '0.0.0.0:6881'] } } },
  ],
  ['peers/self', 'names the client itself', { reply: { peers: { only: ['self'] } } }],
  ['peers/copies', 'names every peer a thousand times', { reply: { peers: { only: ['127.0.0.1:9'], copies: 1_000 } } }],
  ['peers/many', 'names a hundred thousand peers', { reply: { peers: { madeUp: 100_000 } } }],
  ['failure/reason', 'only gives a reason why not', { reply: { failure: 'not today' } }],
  ['failure/warning', 'warns', { reply: { warning: 'careful' } }],
];

/** One of each kind; the others are for the full profile. */
const QUICK: readonly string[] = [
  ...[
    'body/html',
    'body/nested',
    'body/long',
    'http/status-500',
    'http/redirect-loop',
    'http/gzip-bomb',
    'http/silence',
  ],
  ...['peers/odd-length', 'peers/bad-addresses', 'peers/self', 'peers/many', 'failure/reason'],
];

const INTERVALS: readonly (readonly [id: string, interval: number | string | null, what: string])[] = [
  ['zero', 0, '0'],
  ['negative', -5, 'a negative number'],
  ['2-31', 2_147_483_648, '2^31'],
  ['2-53', '9007199254740993', '2^53 + 1'],
  ['2-64', '18446744073709551615', '2^64 − 1'],
  ['missing', null, 'nothing'],
];

export const answerCases: readonly Case<ClientSubject>[] = [
  ...ROWS.map(([id, what, doing]) =>
    clientCase({
      ...{ id: `bep3/answer/${id}`, level: 'SAFE', section: ANSWERS },
      rule: `It completes from peers that it knows otherwise when the tracker ${what}.`,
      profile: QUICK.includes(id) ? 'quick' : 'full',
      stage: { scenario: { rules: [{ do: doing }] } },
      play: async (stage) => {
        await stage.start();
        await stage.until(() => stage.tracker.requests.length > 0, 30_000, 'an announce');
        await stage.meet(await stage.seed());
        await stage.completes();
        await stage.never(() => false, 500);
      },
    }),
  ),
  ...INTERVALS.map(([id, interval, what]) =>
    clientCase({
      ...{ id: `safe/interval/${id}`, level: 'SAFE', section: 'reliability', profile: 'full' },
      rule: `It announces at most four times in twenty seconds when the tracker gives ${what} for an interval.`,
      stage: { scenario: { rules: [{ do: { reply: { interval, peers: { only: [] } } } }] } },
      play: async (stage) => {
        await stage.start();
        await stage.until(() => stage.announces.length > 0, 30_000, 'an announce');
        await stage.never(() => stage.announces.length > 4 && `it announced ${stage.announces.length} times`, 20_000);
      },
    }),
  ),
  clientCase({
    ...{ id: 'bep3/interval/kept', level: 'MUST', section: ANSWERS, profile: 'full', timeoutS: 120 },
    rule: 'It does not announce again before the interval is over, unless something happened.',
    stage: { scenario: { rules: [{ do: { reply: { interval: 1_800, minInterval: 1_800, peers: { only: [] } } } }] } },
    play: async (stage) => {
      await stage.start();
      await stage.until(() => stage.announces.length > 0, 30_000, 'an announce');
      const regular = (): number =>
        stage.announces.filter(
          ({ request }) => request.event === undefined || request.event === 'none' || request.event === '',
        ).length;
      await stage.never(() => regular() > 0 && 'it announced again without an event', 45_000);
    },
  }),
  clientCase({
    ...{ id: 'safe/interval/after-failure', level: 'SAFE', section: 'reliability', profile: 'full' },
    rule: 'It announces at most six times in thirty seconds to a tracker that fails.',
    stage: { scenario: { rules: [{ do: { http: { status: 503 } } }] } },
    play: async (stage) => {
      await stage.start();
      await stage.until(() => stage.announces.length > 0, 30_000, 'an announce');
      await stage.never(() => stage.announces.length > 6 && `it announced ${stage.announces.length} times`, 30_000);
    },
  }),
  clientCase({
    ...{ id: 'bep31/retry/never', level: 'SHOULD', section: 'BEP 31', profile: 'full' },
    rule: 'It does not announce again to a tracker that says never.',
    stage: { scenario: { rules: [{ do: { reply: { failure: 'gone', retryIn: 'never' } } }] } },
    play: async (stage) => {
      await stage.start();
      await stage.until(() => stage.announces.length > 0, 30_000, 'an announce');
      await stage.never(() => stage.announces.length > 1 && 'it announced again', 40_000);
    },
  }),
  clientCase({
    ...{ id: 'bep3/answer/failure/wins', level: 'SHOULD', section: ANSWERS, needs: ['dialsLoopback'] },
    rule: 'It dials nobody out of an answer that gives a reason why not.',
    play: async (stage) => {
      const named = await stage.seed();
      stage.tracker.setScenario({
        rules: [{ do: { reply: { failure: 'not today', failureWithPeers: true, peers: { only: [named.address] } } } }],
      });
      await stage.start();
      await stage.until(() => stage.announces.length > 0, 30_000, 'an announce');
      await stage.never(() => named.opened > 0 && 'it dialled a peer of that answer', 8_000);
    },
  }),
  clientCase({
    ...{ id: 'bep3/answer/http/redirect-followed', level: 'SHOULD', section: ANSWERS, needs: ['dialsLoopback'] },
    rule: 'It follows a redirect.',
    stage: { others: [{ rules: [] }] },
    play: async (stage) => {
      const seed = await stage.seed();
      const [other] = stage.others;
      stage.tracker.setScenario({ rules: [{ do: { http: { redirect: `${other?.announceUrl}?{query}` } } }] });
      other?.setScenario(stage.named(seed));
      await stage.launch();
      await stage.until(() => (other?.requests.length ?? 0) > 0, 30_000, 'a request to where it was redirected');
      await stage.completes();
    },
  }),
  clientCase({
    ...{
      id: 'safe/interval/dial-storm',
      level: 'SAFE',
      section: 'reliability',
      needs: ['dialsLoopback'],
      profile: 'full',
    },
    rule: 'It dials a peer that refuses its connections at most ten times in twenty seconds, however often the tracker names it.',
    play: async (stage) => {
      const gone = await stage.seed({ behaviour: 'reset-on-open' });
      stage.tracker.setScenario({
        rules: [{ do: { reply: { interval: 1_800, peers: { only: [gone.address], copies: 50 } } } }],
      });
      await stage.start();
      await stage.until(() => stage.announces.length > 0, 30_000, 'an announce');
      await stage
        .until(() => gone.opened > 0, 30_000, 'it to dial')
        .catch(() => notApplicable('it did not dial the peer'));
      await stage.never(() => gone.opened > 10 && `it dialled ${gone.opened} times`, 20_000);
      if (gone.heard('piece').length > 0) fail('it sent a block to a peer that never greeted');
    },
  }),
];
