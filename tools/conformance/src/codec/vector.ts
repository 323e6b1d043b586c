/** One case as it stands in `vectors/*.json`. `vectors/README.md` explains every field to people. */
export interface Vector {
  readonly id: string;
  readonly spec: string;
  readonly level: 'must' | 'should' | 'may' | 'safe';
  /** The rule, in our own words. */
  readonly rule: string;
  readonly operation: string;
  /** Bytes in hexadecimal; `(6c){1000}` repeats, `/` is where a stream is cut. */
  readonly input: string;
  /** Further words of the request. */
  readonly with?: readonly string[];
  readonly expect: Expectation;
  /** Where somebody got it wrong. */
  readonly bug?: string;
  /** It ends the process of a widely used program whose authors do not know yet. */
  readonly withheld?: true;
}

/** What may be answered. In objects only the keys that are named are looked at. */
export type Expectation =
  | Outcome
  | { readonly anyOf: readonly Outcome[] }
  /** Any answer at all: the process lives, and is not late. */
  | { readonly survives: true }
  /** A refusal, or any number of places on disk, all inside. */
  | { readonly inside: true }
  | PlacesExpected;

export type Outcome = { readonly value: Json } | { readonly error: ErrorClass };

/** A refusal, or so many places on disk: all inside, no two the same; `portable`: on every disk and system. */
export interface PlacesExpected {
  readonly places: number;
  readonly portable?: true;
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Why bytes are refused. It is for people: judged is only that they are. */
export type ErrorClass =
  | 'malformed'
  | 'truncated'
  | 'missing'
  | 'mistyped'
  | 'range'
  | 'limit'
  | 'conflict'
  | 'unsupported';
