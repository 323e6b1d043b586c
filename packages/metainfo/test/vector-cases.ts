import type { MetainfoErrorCode, MetainfoNoteCode } from '@unchoke/metainfo';
import { bencode, type Hand } from './hand-bencode.js';

/** What a good torrent must be read as; what is not mentioned is not looked at. */
export interface ExpectedFacts {
  readonly version: 'v1' | 'v2' | 'hybrid';
  readonly name?: string;
  readonly pieceLength?: number;
  readonly pieceCount?: number;
  readonly totalLength?: number;
  /** Safe path, length, offset and the letters of BEP 47. */
  readonly files?: readonly (readonly [path: string, length: number, offset: number, attributes?: string])[];
  readonly trackerTiers?: readonly (readonly string[])[];
  readonly webSeeds?: readonly string[];
  readonly httpSeeds?: readonly string[];
  readonly nodes?: readonly string[];
  readonly isPrivate?: boolean;
  readonly comment?: string | null;
  readonly createdBy?: string;
  readonly creationDate?: number | null;
  readonly encoding?: string;
  readonly source?: string;
  /** The codes of all notes; none when it is not mentioned. */
  readonly notes?: readonly MetainfoNoteCode[];
}

/** One case: bytes (one character each), what it tests, and what must come of it. */
export interface Case {
  readonly name: string;
  readonly tests: string;
  readonly bytes: string;
  /** The info dictionary as it stands in the bytes, for the info-hashes. */
  readonly info?: string;
  readonly facts?: ExpectedFacts;
  readonly error?: MetainfoErrorCode | `bencode:${string}`;
}

type Dict = { readonly [key: string]: Hand };

/** A torrent that must be read, around an info dictionary. */
export function good(name: string, tests: string, info: Hand, facts: ExpectedFacts, outside: Dict = {}): Case {
  return { name, tests, bytes: bencode({ ...outside, info }), info: bencode(info), facts };
}

/** A torrent that must be refused. */
export function bad(name: string, tests: string, info: Hand, error: Case['error'] & string, outside: Dict = {}): Case {
  return { name, tests, bytes: bencode({ ...outside, info }), error };
}
