import type { Exchange } from './exchange.js';
import { type RequestFacts, ScenarioJudge, type Verdict } from './scenario/judge.js';
import type { TrackerScenario } from './scenario/tracker-scenario.js';
import type { TrackerBook } from './tracker-book.js';

/** What the HTTP and the UDP side share: one book, one scenario, one log, one set of counters. */
export class TrackerState {
  readonly book: TrackerBook;
  readonly counters: Counters = {
    httpAnnounces: 0,
    httpScrapes: 0,
    udpConnects: 0,
    udpAnnounces: 0,
    udpScrapes: 0,
    failures: 0,
    refused: 0,
    misbehaved: 0,
  };
  /** Called with every exchange; absent when nobody wants to know, which makes answers cheaper. */
  readonly observe: ((exchange: Exchange) => void) | undefined;
  /** Absent without rules. */
  judge: ScenarioJudge | undefined;

  constructor(book: TrackerBook, observe: ((exchange: Exchange) => void) | undefined) {
    this.book = book;
    this.observe = observe;
    this.judge = undefined;
  }

  /** Replaces all rules, and starts their counts anew. */
  setScenario(scenario: TrackerScenario): void {
    this.judge = scenario.rules.length === 0 ? undefined : new ScenarioJudge(scenario);
  }

  verdict(facts: RequestFacts): Verdict | undefined {
    const verdict = this.judge?.judge(facts);
    if (verdict !== undefined) this.counters.misbehaved += 1;
    return verdict;
  }
}

/** Requests since the start. */
export interface Counters {
  httpAnnounces: number;
  httpScrapes: number;
  udpConnects: number;
  udpAnnounces: number;
  udpScrapes: number;
  /** Requests that were understood, and answered with a failure reason or an error packet. */
  failures: number;
  /** Requests that were none: bad HTTP, unknown paths, datagrams that are no requests, connections above the limit. */
  refused: number;
  /** Requests that a rule was applied to. */
  misbehaved: number;
}
