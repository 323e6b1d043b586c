import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AnnounceAnswer, type AnnounceProblem, Announcer, type AnnouncerEvent, PeerList } from '../src/index.js';
import { Desk, DOWN, MINUTE, REFUSED, TIERS } from './announcer-desk.js';

describe('intervals', () => {
  const nextMinute = (answer: Partial<AnnounceAnswer>): number => {
    const desk = new Desk({ announce: 'udp://a' }).start();
    desk.answer(answer);
    return desk.announcer.deadlineMs! / MINUTE;
  };

  test.each([
    [{ intervalS: 1800 }, 30],
    [{ intervalS: 0 }, 1],
    [{ intervalS: -5 }, 1],
    [{ intervalS: 59 }, 1],
    [{ intervalS: 2 ** 31 }, 1440],
    [{ intervalS: Number.MAX_SAFE_INTEGER }, 1440],
    [{ intervalS: undefined as never }, 30],
    [{ intervalS: 600, minIntervalS: 900 }, 15],
    [{ intervalS: 600, minIntervalS: 31_536_000 }, 1440],
    [{ intervalS: 600, minIntervalS: -1 }, 10],
  ])('%j means %i minutes', (answer, minutes) => {
    expect(nextMinute(answer)).toBe(minutes);
  });

  test('are stretched by chance, never shortened, never beyond a day', () => {
    for (const chance of [0, 0.5, 0.999]) {
      const desk = new Desk({ announce: 'udp://a', randomBelow: (bound) => Math.floor(bound * chance) }).start();
      desk.answer({ intervalS: 600 });
      expect(desk.announcer.deadlineMs).toBeGreaterThanOrEqual(600_000);
      expect(desk.announcer.deadlineMs).toBeLessThanOrEqual(660_000);
      desk.pass(11);
      const nowMs = desk.nowMs;
      desk.answer({ intervalS: 86_400 });
      expect(desk.announcer.deadlineMs).toBe(nowMs + 1440 * MINUTE);
    }
  });

  test('peers are asked for early only when the tracker allows it', () => {
    const desk = new Desk({ announce: 'udp://a' }).start();
    desk.answer({ intervalS: 1800, minIntervalS: 300 });
    desk.look();
    desk.do({ type: 'peers-needed', count: 30 });
    desk.pass(6);
    expect(desk.look()).toEqual(['5 a regular']);
    expect([...desk.open.values()][0]).toMatchObject({ numWant: 30 });
    desk.answer({ intervalS: 1800 });
    desk.do({ type: 'peers-needed', count: 30 });
    desk.pass(31);
    expect(desk.look()).toEqual(['36 a regular']);
    desk.answer({ intervalS: 1800, minIntervalS: 300 });
    desk.do({ type: 'peers-needed', count: 30 });
    desk.do({ type: 'peers-needed', count: 0 });
    desk.pass(31);
    expect(desk.look()).toEqual(['67 a regular']);
    expect([...desk.open.values()][0]).toMatchObject({ numWant: 0 });
    desk.do({ type: 'peers-needed', count: 1e9 });
    desk.answer({ minIntervalS: 60 });
    desk.do({ type: 'peers-needed', count: 1e9 });
    desk.pass(2);
    expect([...desk.open.values()][0]).toMatchObject({ numWant: 200 });
  });

  test('a day with a tracker that says 0 is one announce a minute', () => {
    const desk = new Desk({ announce: 'udp://a' }).start();
    for (let minute = 0; minute < 1440; minute++) {
      desk.answer({ intervalS: 0, minIntervalS: 0 });
      desk.do({ type: 'peers-needed', count: 50 });
      desk.pass(1);
    }
    expect(desk.look()).toHaveLength(1441);
  });
});

describe('back-off', () => {
  const waits = (problem: AnnounceProblem, count: number, chance = 0): readonly number[] => {
    const desk = new Desk({ announce: 'udp://a', randomBelow: (bound) => Math.floor(bound * chance) }).start();
    return Array.from({ length: count }, () => {
      desk.fail(problem);
      const waitMs = desk.announcer.deadlineMs! - desk.nowMs;
      desk.pass(waitMs / MINUTE);
      return waitMs / 1000;
    });
  };

  test('doubles from 30 seconds to 30 minutes for who is down', () => {
    expect(waits(DOWN, 9)).toEqual([30, 60, 120, 240, 480, 960, 1800, 1800, 1800]);
    expect(waits({ code: 'http-status', message: '', httpStatus: 503 }, 2)).toEqual([30, 60]);
    expect(waits({ code: 'timed-out', message: '' }, 2)).toEqual([30, 60]);
  });

  test('is four times that for who refuses', () => {
    expect(waits(REFUSED, 9)).toEqual([120, 240, 480, 960, 1920, 3840, 7200, 7200, 7200]);
    for (const httpStatus of [301, 403, 404])
      expect(waits({ code: 'http-status', message: '', httpStatus }, 1)).toEqual([120]);
    expect(waits({ code: 'malformed-reply', message: '' }, 1)).toEqual([120]);
  });

  test('is stretched by chance, by a fifth at most', () => {
    for (const [index, wait] of waits(DOWN, 3, 0.9999).entries()) {
      expect(wait / (30 * 2 ** index)).toBeGreaterThan(1.19);
      expect(wait / (30 * 2 ** index)).toBeLessThanOrEqual(1.2);
    }
  });

  test('is what the tracker says, within reason', () => {
    expect(waits({ ...REFUSED, retryInS: 600 }, 2)).toEqual([600, 600]);
    expect(waits({ ...REFUSED, retryInS: 1 }, 1)).toEqual([60]);
    expect(waits({ ...DOWN, retryInS: 1e12 }, 1)).toEqual([86_400]);
  });

  test.each<AnnounceProblem>([
    { ...REFUSED, retryInS: 'never' },
    { code: 'http-status', message: 'gone', httpStatus: 410 },
  ])('%j ends it for good', (problem) => {
    const desk = new Desk({ tiers: [['udp://a', 'udp://b']] }).start();
    desk.fail(problem);
    desk.answer();
    desk.pass(10_000);
    desk.do({ type: 'torrent-stopped' });
    desk.pass(1);
    desk.start();
    expect(desk.log.filter((line) => line.includes(' a '))).toEqual(['0 a started']);
    expect(desk.announcer.trackers[1]).toMatchObject({ url: 'udp://a', state: 'ended' });
  });

  test('lets nothing through, and ends with an answer', () => {
    const desk = new Desk({ announce: 'udp://a' }).start();
    desk.answer({ minIntervalS: 60 });
    desk.pass(30);
    desk.fail();
    desk.look();
    desk.do({ type: 'peers-needed', count: 9 });
    desk.do({ type: 'torrent-completed' });
    expect(desk.look()).toEqual([]);
    expect(desk.announcer.trackers[0]).toMatchObject({
      state: 'backing-off',
      problem: 'down',
      failureCount: 1,
      nextAnnounceMs: desk.nowMs + 30_000,
    });
    desk.pass(1);
    expect(desk.look()).toEqual(['30.5 a completed']);
    desk.answer();
    expect(desk.announcer.trackers[0]).toMatchObject({ state: 'working', failureCount: 0, answerCount: 2 });
    expect(desk.announcer.trackers[0]).not.toHaveProperty('problem');
  });

  test('a refusal forgets us: the next announce starts again', () => {
    const desk = new Desk({ announce: 'udp://a' }).start();
    desk.answer();
    desk.pass(30);
    desk.fail(REFUSED);
    desk.pass(2);
    expect(desk.look()).toEqual(['0 a started', '30 a regular', '32 a started']);
  });

  test('an exchange that is never reported is over some time', () => {
    const desk = new Desk({ tiers: TIERS, timeoutMs: 30_000 }).start();
    desk.pass(0.6);
    expect(desk.look()).toEqual(['0 a started', '0.583 cancel a', '0.583 b started']);
    desk.do({ type: 'announce-answered', exchange: 1, answer: { type: 'peers', peers: PeerList.empty } });
    desk.do({ type: 'announce-failed', exchange: 99, problem: DOWN });
    expect(desk.look()).toEqual([]);
  });
});

describe('both families (BEP 7)', () => {
  const families = [4, 6] as const;

  test('hear the same, and the longer interval holds', () => {
    const desk = new Desk({ announce: 'udp://a', families }).start();
    const [four, six] = [...desk.open.values()];
    expect(four).toMatchObject({ family: 4, key: six!.key, event: 'started' });
    desk.answer({ intervalS: 3600 });
    desk.nowMs += 1000;
    desk.answer({ intervalS: 600 });
    desk.pass(61);
    expect(desk.look()).toEqual(['0 a started v4', '0 a started v6', '60 a regular v4', '60 a regular v6']);
  });

  test('one answer is enough; a family without address is left alone for an hour', () => {
    const desk = new Desk({ announce: 'udp://a', families }).start();
    desk.fail({ code: 'no-address', message: 'no A' });
    desk.answer({ intervalS: 1800 });
    expect(desk.announcer.trackers[0]).toMatchObject({ state: 'working', announceCount: 2 });
    desk.pass(30);
    desk.answer();
    desk.pass(30);
    expect(desk.look()).toEqual([
      '0 a started v4',
      '0 a started v6',
      '30 a regular v6',
      '60 a regular v4',
      '60 a regular v6',
    ]);
  });

  test('no answer in either is one failure, for the better of the reasons', () => {
    const desk = new Desk({ announce: 'udp://a', families }).start();
    desk.fail({ code: 'no-address', message: 'no A' });
    desk.fail(DOWN);
    expect(desk.announcer.trackers[0]).toMatchObject({ problem: 'down', failureCount: 1 });
    desk.pass(0.5);
    desk.fail({ code: 'no-address', message: 'no AAAA' });
    desk.pass(1);
    expect(desk.look()).toEqual([
      '0 a started v4',
      '0 a started v6',
      '0.5 a started v6',
      '1.5 a started v4',
      '1.5 a started v6',
    ]);
  });
});

describe('peers', () => {
  const told = PeerList.of([
    { host: '8.8.8.8', port: 1 },
    { host: '8.8.8.8', port: 6881 },
    { host: '127.0.0.1', port: 2 },
    { host: '9.9.9.9', port: 0 },
  ]);

  test('are filtered, counted and handed over', () => {
    const desk = new Desk({ announce: 'udp://a', port: 6881, own: [{ host: '8.8.4.4', port: 1 }] }).start();
    desk.answer({ peers: told, externalIp: '8.8.8.8', complete: 3, incomplete: 4, downloaded: 5, warning: 'hm' });
    expect(desk.peers).toEqual(['8.8.8.8:1']);
    expect(desk.announcer.trackers).toEqual([
      {
        url: 'udp://a',
        tier: 0,
        state: 'working',
        announceCount: 1,
        answerCount: 1,
        failureCount: 0,
        peersGiven: 1,
        complete: 3,
        incomplete: 4,
        downloaded: 5,
        warning: 'hm',
        lastAnswerMs: 0,
        nextAnnounceMs: 1_800_000,
      },
    ]);
    desk.pass(30);
    desk.answer({ peers: told, trackerHost: '127.0.0.1' });
    expect(desk.peers).toEqual(['8.8.8.8:1', '8.8.8.8:1', '127.0.0.1:2']);
  });

  test('low ports can be refused', () => {
    const desk = new Desk({ announce: 'udp://a', peerPortMin: 1024 }).start();
    desk.answer({ peers: told });
    expect(desk.peers).toEqual(['8.8.8.8:6881']);
  });

  test('of a private torrent are dropped when the tracker changes, and one tracker is used at a time (BEP 27)', () => {
    const desk = new Desk({ tiers: TIERS, isPrivate: true, announceTo: 'every-tier' }).start();
    desk.answer({ peers: told });
    desk.pass(30);
    expect(desk.look()).toEqual(['0 a started', '30 a regular']);
    desk.fail();
    desk.answer({ peers: told });
    expect(desk.look()).toEqual(['30 b started', '30 drop peers for b']);
    expect(desk.peers).toHaveLength(4);
  });
});

test('key and tracker id are said again and again', () => {
  const desk = new Desk({ announce: 'udp://a', randomBelow: () => 77 }).start();
  desk.answer({ trackerId: new Uint8Array([1, 2]) });
  desk.pass(60);
  expect([...desk.open.values()][0]).toMatchObject({ key: 77, trackerId: new Uint8Array([1, 2]) });
});

test('trackers are reported when they fail, work again, or warn', () => {
  const announcer = new Announcer({ announce: 'udp://a', randomBelow: () => 0 });
  const reports: unknown[] = [];
  const tell = (event: AnnouncerEvent, nowMs: number): void => {
    for (const action of announcer.handle(event, nowMs))
      if (action.type === 'report-tracker') reports.push(action.problem);
  };
  const peers = PeerList.empty;
  tell({ type: 'torrent-started' }, 0);
  tell({ type: 'announce-failed', exchange: 1, problem: DOWN }, 0);
  tell({ type: 'time-passed' }, 30_000);
  tell({ type: 'announce-answered', exchange: 2, answer: { type: 'peers', peers } }, 30_000);
  tell({ type: 'time-passed' }, 30_000 + 30 * MINUTE);
  tell({ type: 'announce-answered', exchange: 3, answer: { type: 'peers', peers, warning: 'soon down' } }, 40 * MINUTE);
  expect(reports).toEqual(['down', undefined, 'soon down']);
});

test('what is no event is our own mistake', () => {
  expect(() => new Desk().do({ type: 'nonsense' } as never)).toThrow(/unknown event/);
});

test('the same events and chances give the same actions', () => {
  const seeds = fc.array(fc.nat(2 ** 32 - 1), { minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(seeds, (chances) => {
      const run = (): readonly string[] => {
        let next = 0;
        const desk = new Desk({
          tiers: TIERS,
          randomBelow: (bound) => chances[next++ % chances.length]! % bound,
        }).start();
        desk.fail();
        desk.answer();
        desk.pass(100);
        return desk.look();
      };
      expect(run()).toEqual(run());
    }),
  );
});
