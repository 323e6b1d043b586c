/**
 * How binding a rule is. SAFE: no text says it, but every trustworthy program does it.
 *
 * @example
 * const required = (level: Level) => level === 'MUST' || level === 'SAFE';
 */
export type Level = 'MUST' | 'SHOULD' | 'MAY' | 'SAFE';

/** What is judged. */
export type SubjectKind = 'client' | 'tracker' | 'codec';

/** One rule of the protocol, and how to find out whether a subject keeps it. */
export interface Case<Subject> {
  /** Specification and layer, then the rule: `bep3/wire/length-prefix/oversize`. */
  readonly id: string;
  readonly level: Level;
  /** The rule in our own words, as one sentence about the subject. */
  readonly rule: string;
  /** Where it stands: `BEP 3, peer protocol`. */
  readonly section: string;
  /** A known bug, or why it matters, as a link or as `transmission#9082`. */
  readonly reason?: string;
  readonly subject: SubjectKind;
  /** `quick` cases are over within seconds; `full` ones have to wait for time-outs. */
  readonly profile: 'quick' | 'full';
  /** Its recipe ends the process of a widely used program whose authors do not know yet: it stays out of public tables. */
  readonly withheld?: true;
  /** It loads the machine so much that nothing else may run beside it. */
  readonly alone?: true;
  /** How long it may take; default `CASE_MS`. */
  readonly timeoutMs?: number;
  /** Returns when the rule was kept. Throws through `fail` and `notApplicable`; anything else is a defect of the kit. */
  readonly run: (subject: Subject, kit: Kit) => Promise<void>;
}

/** What a case is given for one run. */
export interface Kit {
  /** An empty folder of its own, removed afterwards. */
  readonly folder: string;
  /** Where the transcript goes; kept when the case fails. */
  readonly transcriptFolder: string;
  /** Everything random comes from it. */
  readonly seed: number;
  randomBelow(bound: number): number;
  /** A wait of the rule's, such as 60 s, in milliseconds of this run: tests of the kit make time pass faster. */
  ms(milliseconds: number): number;
  /** Aborted when the case is over or out of time. */
  readonly signal: AbortSignal;
  /** Runs when the case is over, last registered first. */
  onClose(close: () => Promise<void> | void): void;
  /** A line of the transcript. */
  log(entry: { readonly [field: string]: unknown }): void;
}

/** What came out of one case. */
export type Verdict =
  | { readonly type: 'pass' }
  | { readonly type: 'fail'; readonly why: string }
  /** The subject does not offer what the rule is about. */
  | { readonly type: 'not-applicable'; readonly why: string }
  | { readonly type: 'timeout'; readonly why: string }
  | { readonly type: 'not-started'; readonly why: string }
  /** The kit itself went wrong. */
  | { readonly type: 'error'; readonly why: string };

/** A case with its verdict. */
export interface Result {
  readonly case: CaseInfo;
  readonly verdict: Verdict;
  readonly durationMs: number;
  /** Folder of the transcript, when there is one. */
  readonly transcript?: string;
  /** It failed, and the list of allowed failures names it. */
  readonly isAllowed: boolean;
}

/** What reports need to know of a case, whatever its subject. */
export type CaseInfo = Omit<Case<never>, 'run'>;

/** The layer a case belongs to: the first two parts of its id. */
export function layerOf({ id }: CaseInfo): string {
  return id.split('/').slice(0, 2).join('/');
}
