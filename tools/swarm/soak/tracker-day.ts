import { Announcer, decodeAnnounceReply, type TrackerErrorCode } from '@unchoke/tracker';

const DAY_MS = 86_400_000;
const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

/** Bodies that a tracker may send in place of an answer that is in order (catalogue 18 to 21). */
const BODIES: readonly string[] = [
  'd8:intervali0e5:peers0:e',
  'd8:intervali-1e5:peers0:e',
  'd8:intervali-9223372036854775808e5:peers0:e',
  'd8:intervali2147483648e5:peers0:e',
  'd8:intervali9007199254740993e5:peers0:e',
  'd8:intervali0e12:min intervali0e5:peers0:e',
  'd8:intervali1800e12:min intervali31536000e5:peers0:e',
  'd5:peers0:e',
  'd8:interval3:now5:peers0:e',
  'd14:failure reason4:gone8:intervali0e5:peers6:aaaaaae',
  'd14:failure reason4:gone8:retry ini0ee',
  'd15:warning message4:slow8:intervali0e5:peers0:e',
  'd8:intervali0e5:peers5:abcdee',
  `d8:intervali0e5:peers600000:${'\u0001'.repeat(600_000)}e`,
  'd8:intervali0e5:peersld2:ip4:evil4:porti0eei5e1:xee',
  '',
  '<html>busy</html>',
  'd8:intervali0e',
  'l'.repeat(100_000),
];

const FAILURES: readonly TrackerErrorCode[] = [
  'bad-field',
  'malformed-reply',
  'refused',
  'http-status',
  'target-refused',
  'too-large',
  'no-address',
  'unreachable',
  'timed-out',
];

export interface TrackerDay {
  readonly trackers: number;
  readonly announces: number;
  /** In any minute, to one tracker that answers somehow. */
  readonly mostInAMinute: number;
  /** The same to one that cannot be reached or understood: a first retry comes after half a minute. */
  readonly mostInAMinuteFailing: number;
}

type Answer = (announcer: Announcer, exchange: number, nowMs: number) => ReturnType<Announcer['handle']>;

/** T14: a virtual day with each kind of tracker, by a torrent that wants peers at every second. */
export function spendDays(hours = 24): TrackerDay {
  const spend = (answer: Answer) => spendDay(answer, (hours / 24) * DAY_MS);
  const [answered, failed] = [BODIES.map(answerWith).map(spend), FAILURES.map(failWith).map(spend)];
  const days = [...answered, ...failed];
  return {
    trackers: days.length,
    announces: days.reduce((sum, { length }) => sum + length, 0),
    mostInAMinute: Math.max(...answered.map(mostInAMinute)),
    mostInAMinuteFailing: Math.max(...failed.map(mostInAMinute)),
  };
}

function spendDay(answer: Answer, durationMs: number): readonly number[] {
  const announcer = new Announcer({ announce: 'http://tracker.example/announce', randomBelow: () => 0 });
  const timesMs: number[] = [];
  const perform = (actions: ReturnType<Announcer['handle']>, nowMs: number): void => {
    for (const action of actions) {
      if (action.type !== 'announce') continue;
      timesMs.push(nowMs);
      perform(answer(announcer, action.exchange, nowMs), nowMs);
    }
  };
  perform(announcer.handle({ type: 'torrent-started' }, 0), 0);
  for (let nowMs = SECOND_MS; nowMs < durationMs; nowMs += SECOND_MS) {
    perform(announcer.handle({ type: 'peers-needed', count: 50 }, nowMs), nowMs);
    perform(announcer.handle({ type: 'time-passed' }, nowMs), nowMs);
  }
  return timesMs;
}

function answerWith(body: string): Answer {
  const bytes = Buffer.from(body, 'latin1');
  return (announcer, exchange, nowMs) => {
    try {
      const reply = decodeAnnounceReply(bytes);
      if (reply.type === 'peers')
        return announcer.handle({ type: 'announce-answered', exchange, answer: reply }, nowMs);
    } catch {
      // What cannot be read is a failure, as below.
    }
    return failWith('malformed-reply')(announcer, exchange, nowMs);
  };
}

function failWith(code: TrackerErrorCode): Answer {
  return (announcer, exchange, nowMs) =>
    announcer.handle(
      { type: 'announce-failed', exchange, problem: { code, message: code, retryInS: undefined } },
      nowMs,
    );
}

function mostInAMinute(timesMs: readonly number[]): number {
  return Math.max(
    ...timesMs.map((fromMs) => timesMs.filter((timeMs) => timeMs >= fromMs && timeMs < fromMs + MINUTE_MS).length),
  );
}
