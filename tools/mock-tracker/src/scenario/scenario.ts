/**
 * A scenario is data: which requests are answered wrongly, and how. The outer shape (`seed`, `rules`, `when`, `do`)
 * knows nothing of trackers, so that other tools can fill it with conditions and deeds of their own.
 */
export interface Scenario<When, Do> {
  /** Repeats every draw of chance; default 1. */
  readonly seed?: number;
  /** Tried from the top for every request; the first that applies decides, and only that one. */
  readonly rules: readonly Rule<When, Do>[];
}

/** One entry of a scenario: when, and what then. */
export interface Rule<When, Do> {
  /** Shown in the log and on the stats page; default `rule <index>`. */
  readonly name?: string;
  /** All conditions must hold; without any the rule applies always. */
  readonly when?: When & Occasion;
  readonly do: Do;
}

/** Conditions that make sense for every tool: how often, and how likely. */
export interface Occasion {
  /**
   * Which of the requests that met the other conditions (the first is 1): one, several, or a range. A request that an
   * earlier rule has taken is not counted.
   */
  readonly nth?: number | readonly number[] | NthRange;
  /** What is counted separately: all together (default), each peer id, or each info-hash. */
  readonly nthPer?: 'all' | 'peer' | 'infoHash';
  /** How likely the rule applies, from 0 to 1, drawn from the seed. */
  readonly chance?: number;
}

/** `{ "from": 3, "to": 9, "every": 2 }` is 3, 5, 7 and 9; without `to` it never ends. */
export interface NthRange {
  readonly from?: number;
  readonly to?: number;
  readonly every?: number;
}
