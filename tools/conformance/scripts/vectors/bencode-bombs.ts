import { Hex, type Level, SURVIVES, type Vector, value } from './vector.js';

/** Bombs are only accepted or refused: nobody has to print them. */
const BOMBS: readonly (readonly [name: string, input: string, level: Level])[] = [
  ['lists-1000', '(6c){1000}(65){1000}', 'safe'],
  ['lists-100000', '(6c){100000}(65){100000}', 'safe'],
  ['lists-1000000-open', '(6c){1000000}', 'safe'],
  ['dicts-1000', '(64303a){1000} 6465 (65){1000}', 'safe'],
  ['dicts-300000-open', '(64313a61){300000}', 'safe'],
  ['mixed-100000', '(6c64303a){100000} 6930 65 (6565){100000}', 'safe'],
  ['million-integers', '6c (693065){1000000} 65', 'safe'],
  ['million-empty-strings', '6c (303a){1000000} 65', 'safe'],
  ['long-integer', '69 31 (30){100000} 65', 'safe'],
  ['long-length', '(39){100000} 3a', 'safe'],
  ['big-string', '313034383537363a (61){1048576}', 'must'],
];

/** Input that is deep, long or wide. */
export const BENCODE_BOMBS: readonly Vector[] = BOMBS.map(
  ([name, input, level]): Vector => ({
    id: `bep3/bencode/bomb/${name}`,
    spec: 'BEP 3, bencoding',
    level,
    rule: 'Deep, long or wide input is read or refused; it never ends the process, nor takes more than linear time.',
    operation: 'bencode-check',
    input: new Hex(input).digits,
    expect: level === 'must' ? value(true) : SURVIVES,
    bug: 'https://nvd.nist.gov/vuln/detail/CVE-2020-8437',
  }),
);
