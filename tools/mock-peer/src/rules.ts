import type { Behaviour, Doing, PieceFilter, Range, Rule, When } from './behaviour.js';
import { BLOCK_BYTES } from './limits.js';
import { type Message, nameOf, pieceOf } from './message.js';
import { SeededRandom } from './random.js';

/** A rule that applies now. */
export interface FiredRule {
  readonly index: number;
  readonly rule: Rule;
  readonly doings: readonly Doing[];
}

type Moment = When['on'];

interface RuleState extends FiredRule {
  readonly random: SeededRandom;
  seen: number;
  fired: number;
  /** Age of the connection at which a rule of time is due. */
  dueMs: number;
}

/** The rules of a behaviour on one connection: which of them apply, and how often each did. */
export class RuleBook {
  readonly #byMoment = new Map<Moment, RuleState[]>();
  readonly #pieceCount: number;

  constructor(behaviour: Behaviour, connection: number, origin: 'dialled' | 'accepted', pieceCount: number) {
    this.#pieceCount = pieceCount;
    behaviour.rules.forEach((rule, index) => {
      const { when } = rule;
      if (when.origin !== undefined && when.origin !== origin) return;
      if (when.connection !== undefined && !inFilter(when.connection, connection, Infinity)) return;
      const states = this.#byMoment.get(when.on) ?? [];
      const doings: readonly Doing[] = Array.isArray(rule.do) ? rule.do : [rule.do as Doing];
      // Every rule has chance of its own, so that adding one does not change what the others do.
      const random = new SeededRandom(behaviour.seed ?? 1, connection, index);
      states.push({ index, rule, doings, random, seen: 0, fired: 0, dueMs: when.atMs ?? 0 });
      this.#byMoment.set(when.on, states);
    });
  }

  /** Whether nothing ever happens at this moment: the fast path. */
  isQuiet(on: Moment): boolean {
    return !this.#byMoment.has(on);
  }

  /** Those that apply, in order. */
  firing(on: Moment, message: Message | undefined, ageMs: number): readonly FiredRule[] {
    return (this.#byMoment.get(on) ?? []).filter((state) => this.#fires(state, message, ageMs));
  }

  /** Rules of time that are due at this age. */
  due(ageMs: number): readonly FiredRule[] {
    const due: FiredRule[] = [];
    for (const state of this.#byMoment.get('time') ?? []) {
      if (state.dueMs > ageMs) continue;
      const { everyMs } = state.rule.when;
      state.dueMs = everyMs === undefined ? Infinity : Math.max(state.dueMs + everyMs, ageMs);
      if (this.#fires(state, undefined, ageMs)) due.push(state);
      if (state.fired >= (state.rule.when.times ?? Infinity)) state.dueMs = Infinity;
    }
    return due;
  }

  /** The age at which the next rule of time is due. */
  get dueMs(): number | undefined {
    const first = Math.min(...(this.#byMoment.get('time') ?? []).map((state) => state.dueMs));
    return Number.isFinite(first) ? first : undefined;
  }

  #fires(state: RuleState, message: Message | undefined, ageMs: number): boolean {
    const { when } = state.rule;
    if (ageMs < (when.fromMs ?? 0) || ageMs >= (when.untilMs ?? Infinity)) return false;
    if (!this.#isMeant(when, message)) return false;
    const turn = state.seen - (when.after ?? 0);
    state.seen++;
    if (turn < 0 || turn % (when.every ?? 1) !== 0) return false;
    if (state.fired >= (when.times ?? Infinity)) return false;
    if (when.probability !== undefined && !state.random.chance(when.probability)) return false;
    state.fired++;
    return true;
  }

  #isMeant(when: When, message: Message | undefined): boolean {
    if (when.message !== undefined) {
      if (message === undefined) return false;
      const name = nameOf(message);
      if (typeof when.message === 'string' ? when.message !== name : !when.message.includes(name)) return false;
    }
    if (when.piece !== undefined) {
      const piece = message === undefined ? undefined : pieceOf(message);
      if (piece === undefined || !inFilter(when.piece, piece, this.#pieceCount - 1)) return false;
    }
    if (when.block !== undefined) {
      const begin = message !== undefined && 'begin' in message ? message.begin : undefined;
      if (begin === undefined || !inFilter(when.block, begin / BLOCK_BYTES, Infinity)) return false;
    }
    return true;
  }
}

function inFilter(filter: PieceFilter, value: number, last: number): boolean {
  if (filter === 'first') return value === 0;
  if (filter === 'last') return value === last;
  if (typeof filter === 'number') return value === filter;
  if (isRange(filter)) return value >= (filter.from ?? 0) && value <= (filter.to ?? Infinity);
  return filter.includes(value);
}

function isRange(filter: readonly number[] | Range): filter is Range {
  return !Array.isArray(filter);
}
