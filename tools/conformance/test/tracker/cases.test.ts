import { type MockTracker, startMockTracker } from '@unchoke/mock-tracker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Case, Verdict } from '../../src/case.js';
import { runCase } from '../../src/runner.js';
import { trackerCases } from '../../src/tracker/cases.js';
import type { TrackerAddress, TrackerSubject } from '../../src/tracker/subject.js';
import { HTTP_SPOILS, KEEPERS } from './http-tampers.js';
import { serveTampered } from './tampered-http.js';
import { relayTampered } from './tampered-udp.js';
import { UDP_SPOILS } from './udp-tampers.js';

/** Where the rule is broken by silence, which has to be waited for, time goes faster. */
const SILENT =
  /connect\/(transaction-|minute)|announce\/unknown-event|hygiene\/(flood|large)|http\/(close|http-1-0|keep-alive|endless-head|slow-head)/;
const SILENT_TIME_SCALE = 0.05;
/**
 * Nobody sits out a minute here to find that a good tracker is still good, unless the machine is so busy that a hundredth of
 * the time is too short for an answer.
 */
const KEEPING_TIME_SCALES: Readonly<Record<string, readonly number[]>> = { 'bep15/tracker/connect/minute': [0.01, 1] };
const HOST = '127.0.0.1';

let good: MockTracker;
beforeAll(async () => {
  good = await startMockTracker({ host: [HOST, '::1'] });
});
afterAll(() => good.close());

const at = (port: number): TrackerAddress => ({ host: HOST, port, path: '/announce' });
const subjectAt = (httpPort: number, udpPort: number): TrackerSubject => ({
  name: 'mock',
  http: at(httpPort),
  udp: at(udpPort),
});

async function verdictOf(
  one: Case<TrackerSubject>,
  subject: TrackerSubject,
  seed: number,
  timeScale: number,
): Promise<Verdict> {
  return (await runCase(one, subject, { jobs: 1, seed, timeScale, timeoutMs: 300_000 })).verdict;
}

/** What becomes of a case when just its rule is broken. Both runs meet at the same tracker: another seed, other torrents. */
async function spoiltVerdict(one: Case<TrackerSubject>): Promise<Verdict> {
  const timeScale = SILENT.test(one.id) ? SILENT_TIME_SCALE : 1;
  const spoil = HTTP_SPOILS[one.id];
  if (spoil !== undefined && 'scenario' in spoil) {
    const bad = await startMockTracker({ scenario: spoil.scenario });
    const verdict = await verdictOf(one, subjectAt(bad.port, bad.port), 2, timeScale);
    await bad.close();
    return verdict;
  }
  const front =
    spoil === undefined
      ? await relayTampered(good.port, UDP_SPOILS[one.id]!())
      : await serveTampered(good.port, spoil());
  const subject = spoil === undefined ? subjectAt(good.port, front.port) : subjectAt(front.port, good.port);
  const verdict = await verdictOf(one, subject, 2, timeScale);
  front.close();
  return verdict;
}

test('every rule has its spoiler, and no spoiler is left over', () => {
  const spoilt = [...Object.keys(HTTP_SPOILS), ...Object.keys(UDP_SPOILS)];
  expect(trackerCases.map(({ id }) => id).toSorted()).toEqual(spoilt.toSorted());
});

describe.concurrent.each(trackerCases)('$id', { timeout: 600_000 }, (one) => {
  test('passes a tracker that keeps it', async () => {
    const scenario = KEEPERS[one.id];
    const tracker = scenario === undefined ? good : await startMockTracker({ scenario });
    let verdict: Verdict | undefined;
    for (const [i, timeScale] of (KEEPING_TIME_SCALES[one.id] ?? [1]).entries()) {
      if (verdict?.type === 'pass') break;
      verdict = await verdictOf(one, subjectAt(tracker.port, tracker.port), 1 + 2 * i, timeScale);
    }
    expect(verdict).toEqual({ type: 'pass' });
    if (tracker !== good) await tracker.close();
  });

  test('fails a tracker that breaks just it', async () => {
    expect(await spoiltVerdict(one)).toMatchObject({ type: 'fail', why: expect.stringMatching(/\S/) });
  });
});
