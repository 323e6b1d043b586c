export type {
  AnnounceAnswer,
  AnnounceEvent,
  AnnounceRequest,
  BookAnswer,
  BookRequest,
  FailureAnswer,
  HandedPeer,
  ScrapeAnswer,
  ScrapedFile,
  ScrapeRequest,
  SwarmCounts,
} from './book-message.js';
export { byteText, textBytes } from './byte-text.js';
export { MockTrackerError, type MockTrackerErrorCode } from './errors.js';
export type { Exchange, ExchangeReply, ExchangeRequest } from './exchange.js';
export type { PeerStats, Stats, SwarmStats } from './http/stats-page.js';
export { type MockTracker, type MockTrackerOptions, startMockTracker } from './node/mock-tracker.js';
export { type RandomBelow, seededRandom } from './random.js';
export type { RuleCount } from './scenario/judge.js';
export { parseScenario } from './scenario/parse-scenario.js';
export type { NthRange, Occasion, Rule, Scenario } from './scenario/scenario.js';
export type {
  AnnounceEventName,
  AnyInteger,
  BodyChange,
  HttpChange,
  Misbehaviour,
  Pace,
  PeersChange,
  RawBytes,
  ReplyChange,
  TrackerCondition,
  TrackerScenario,
  UdpChange,
} from './scenario/tracker-scenario.js';
export type { Swarm } from './swarm.js';
export { TrackerBook, type TrackerBookOptions } from './tracker-book.js';
export type { Counters } from './tracker-state.js';
