import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundledBehaviour, bundledBehaviourNames } from '../src/index.js';

/** What a client has to stand, by the numbers that behaviours give in `catalogue`. */
const CATALOGUE: readonly (readonly [number, string])[] = [
  [29, 'wrong length byte, protocol name, HTTP, TLS, random bytes in place of a handshake'],
  [30, 'unknown info-hash'],
  [31, 'partial handshakes'],
  [32, 'a handshake byte by byte: the deadline is total'],
  [33, 'its own peer id, the same id twice, another id than the tracker said'],
  [34, 'reserved bits, unassigned or all'],
  [35, 'it dials and finds another info-hash, a close, silence'],
  [36, 'both dial each other'],
  [37, 'length prefixes: 2^32 − 1, 2^31, 1 MiB + 1, more than the id allows'],
  [38, 'messages of fixed size in another size'],
  [39, 'unknown ids, also with 1 MiB behind them'],
  [40, 'frames split at every byte and glued in thousands'],
  [41, 'floods of keep-alives and junk'],
  [42, 'have out of range'],
  [43, 'bitfields: wrong length, spare bits, twice, late, mixed with have-all and have-none'],
  [44, 'flapping of choke and interest'],
  [45, 'suggest and allowed-fast: out of range, in floods, without BEP 6, as if they were haves'],
  [46, 'interest is exact at all times'],
  [47, 'requests while choked'],
  [48, 'requests out of range, zero, too long, crossing the end'],
  [49, 'requests for pieces that are not there'],
  [50, 'floods of requests'],
  [51, 'requests by one that never reads'],
  [52, 'cancel in time, late, unknown'],
  [53, 'unsolicited blocks'],
  [54, 'blocks out of range, unaligned, short, empty, too long'],
  [55, 'blocks of pieces that are there'],
  [56, 'every piece is bad'],
  [57, 'one block is bad among honest ones'],
  [58, 'bad after a good reputation'],
  [59, 'it has everything and serves nothing, stalls, drips, never unchokes'],
  [60, 'choke after every block, reject everything'],
  [61, 'late duplicates in the end game'],
  [62, 'disconnects in the middle of a block'],
  [63, 'extended handshakes that are no bencode, nested, wide, mistyped, repeated, disabling'],
  [64, 'reqq 0, negative, 2^40'],
  [65, 'metadata_size 0, negative, 2^31 − 1, 2^63 − 1, and not what others say'],
  [66, 'wrong, rejected and missing metadata'],
  [67, 'metadata requests out of range and in floods; data unasked and oversized'],
  [68, 'peer exchange: odd lengths, bad addresses, floods'],
  [69, 'lt_donthave of unknown and of requested pieces'],
  [70, 'fifty leechers at once'],
  [71, 'free-riders'],
  [72, 'a peer that is served and gives nothing'],
  [73, 'seed meets seed'],
  [74, 'half-open connections, churn, peers that vanish and return'],
  [75, 'many connections from one address'],
  [76, 'more peers than anybody can dial'],
];

/** The table of the README: every number with the behaviours that play it. */
export function behaviourTable(): string {
  const behaviours = bundledBehaviourNames().map((name) => ({ name, numbers: bundledBehaviour(name).catalogue ?? [] }));
  const rows = CATALOGUE.map(([number, what]) => {
    const links = behaviours
      .filter(({ numbers }) => numbers.includes(number))
      .map(({ name }) => `[${name}](behaviours/${name}.json)`);
    return `| ${number} | ${what} | ${links.join(' · ')} |`;
  });
  return ['| No. | What a client has to stand | Behaviours |', '|---|---|---|', ...rows].join('\n');
}

export function withTable(readme: string): string {
  return readme.replace(
    /<!-- behaviours -->[\s\S]*<!-- \/behaviours -->/,
    () => `<!-- behaviours -->\n${behaviourTable()}\n<!-- /behaviours -->`,
  );
}

if (process.argv.includes('--write')) {
  const path = fileURLToPath(new URL('../README.md', import.meta.url));
  writeFileSync(path, withTable(readFileSync(path, 'utf8')));
}
