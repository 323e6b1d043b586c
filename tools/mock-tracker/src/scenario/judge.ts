import { byteText, hexBytes } from '../byte-text.js';
import { COUNTERS_PER_RULE_MAX } from '../limits.js';
import { type RandomBelow, seededRandom } from '../random.js';
import type { NthRange, Occasion } from './scenario.js';
import type { AnnounceEventName, Misbehaviour, TrackerCondition, TrackerScenario } from './tracker-scenario.js';

/** What rules look at. Texts hold one character per byte. */
export interface RequestFacts {
  readonly protocol: 'http' | 'udp';
  readonly kind: 'announce' | 'scrape' | 'connect';
  /** None for a connect, several for a scrape. */
  readonly infoHashes: readonly string[];
  readonly peerId: string | undefined;
  readonly address: string;
  readonly userAgent: string | undefined;
  readonly event: AnnounceEventName | undefined;
  readonly trackerId: string | undefined;
}

export interface Verdict {
  readonly ruleName: string;
  readonly misbehaviour: Misbehaviour;
}

/** How often a rule was looked at and applied. */
export interface RuleCount {
  readonly name: string;
  /** Requests that met its conditions, and those it was applied to. */
  readonly met: number;
  readonly applied: number;
}

/**
 * Decides which rule of a scenario a request meets. The same scenario and the same requests in the same order give the
 * same verdicts: every rule draws from a generator of its own, so that adding one does not change the others.
 */
export class ScenarioJudge {
  readonly #rules: readonly JudgedRule[];

  constructor(scenario: TrackerScenario) {
    this.#rules = scenario.rules.map((rule, index) => {
      const when = rule.when ?? {};
      return {
        name: rule.name ?? `rule ${index}`,
        meets: compiled(when),
        occasion: when,
        isTurn: turns(when.nth),
        randomBelow: seededRandom((scenario.seed ?? 1) * 1_000 + index),
        misbehaviour: rule.do,
        counts: new Map(),
        met: 0,
        applied: 0,
      };
    });
  }

  judge(facts: RequestFacts): Verdict | undefined {
    for (const rule of this.#rules) {
      if (!rule.meets(facts)) continue;
      rule.met += 1;
      if (!rule.isTurn(count(rule, facts))) continue;
      const { chance } = rule.occasion;
      // 2^32 steps: a chance of 0 never applies, a chance of 1 always does.
      if (chance !== undefined && rule.randomBelow(CHANCE_STEPS) >= chance * CHANCE_STEPS) continue;
      rule.applied += 1;
      return { ruleName: rule.name, misbehaviour: rule.misbehaviour };
    }
    return undefined;
  }

  counts(): readonly RuleCount[] {
    return this.#rules.map(({ name, met, applied }) => ({ name, met, applied }));
  }
}

interface JudgedRule {
  readonly name: string;
  readonly meets: (facts: RequestFacts) => boolean;
  readonly occasion: Occasion;
  readonly isTurn: (nth: number) => boolean;
  readonly randomBelow: RandomBelow;
  readonly misbehaviour: Misbehaviour;
  readonly counts: Map<string, number>;
  met: number;
  applied: number;
}

const CHANCE_STEPS = 2 ** 32;

function count(rule: JudgedRule, facts: RequestFacts): number {
  const { nthPer } = rule.occasion;
  if (nthPer === undefined || nthPer === 'all') return rule.met;
  const subject = nthPer === 'peer' ? (facts.peerId ?? facts.address) : facts.infoHashes.join();
  const nth = (rule.counts.get(subject) ?? 0) + 1;
  // Put in anew, so that the first key is always the one that was counted longest ago.
  rule.counts.delete(subject);
  rule.counts.set(subject, nth);
  if (rule.counts.size > COUNTERS_PER_RULE_MAX) rule.counts.delete(rule.counts.keys().next().value!);
  return nth;
}

function compiled(when: TrackerCondition): (facts: RequestFacts) => boolean {
  const kinds = setOf(when.request);
  const hashes = setOf(when.infoHash, (hex) => byteText(hexBytes(hex)!));
  const starts = when.peerId === undefined ? undefined : several(when.peerId).map(unescaped);
  const addresses = setOf(when.address);
  const events = setOf(when.event);
  return (facts) =>
    (when.protocol === undefined || when.protocol === facts.protocol) &&
    (kinds === undefined || kinds.has(facts.kind)) &&
    (hashes === undefined || facts.infoHashes.some((hash) => hashes.has(hash))) &&
    (starts === undefined || starts.some((start) => facts.peerId?.startsWith(start) === true)) &&
    (addresses === undefined || addresses.has(facts.address)) &&
    (events === undefined || (facts.event !== undefined && events.has(facts.event))) &&
    (when.userAgent === undefined || facts.userAgent?.includes(when.userAgent) === true) &&
    (when.trackerId === undefined || (facts.kind === 'announce' && (facts.trackerId ?? null) === when.trackerId));
}

function turns(nth: Occasion['nth']): (nth: number) => boolean {
  if (nth === undefined) return () => true;
  if (typeof nth === 'number') return (turn) => turn === nth;
  if (isListed(nth)) {
    const listed = new Set(nth);
    return (turn) => listed.has(turn);
  }
  const { from = 1, to = Number.POSITIVE_INFINITY, every = 1 }: NthRange = nth;
  return (turn) => turn >= from && turn <= to && (turn - from) % every === 0;
}

/** `Array.isArray` alone does not tell the compiler that a read-only list is one. */
function isListed(nth: readonly number[] | NthRange): nth is readonly number[] {
  return Array.isArray(nth);
}

function setOf<T extends string>(
  given: T | readonly T[] | undefined,
  convert?: (one: T) => string,
): Set<string> | undefined {
  if (given === undefined) return undefined;
  return new Set(several(given).map((one) => (convert === undefined ? one : convert(one))));
}

function several<T extends string>(given: T | readonly T[]): readonly T[] {
  return typeof given === 'string' ? [given] : given;
}

function unescaped(start: string): string {
  return start.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
