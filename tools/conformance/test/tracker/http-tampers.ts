import type { TrackerScenario } from '@unchoke/mock-tracker';
import type { Bencode } from '../../src/tracker/bencode.js';
import { type Dict, type HttpTamper, OK } from './tampered-http.js';

/** A tamper that remembers something is made anew for each run. */
export type Spoil = (() => HttpTamper) | { readonly scenario: TrackerScenario };

const A = 'a'.repeat(20);
const PEER = '\x7f\0\0\x01\x1a\xe1';
const ANNOUNCED = OK(`d8:intervali60e5:peers6:${PEER}e`);
const BAD = '/announce?bad=1';

const dict = (change: (dict: Dict) => void) => () => ({ dict: change });
const put = (key: string, value: Bencode) => dict((all) => void all.set(key, value));
const peers = (change: (compact: string) => string) =>
  dict((all) => void all.set('peers', change(String(all.get('peers')))));
const target = (change: (target: string) => string | readonly string[]) => () => ({ target: change });
const replaced = (pattern: RegExp, by: string) => target((text) => text.replace(pattern, by));
/** Takes what fits the pattern for something it does not understand. */
const misread = (pattern: RegExp) => target((text) => (pattern.test(text) ? BAD : text));
const intercept = (pattern: RegExp, answer: string) => () => ({
  intercept: (text: string) => (pattern.test(text) ? answer : undefined),
});
const dies = (pattern: RegExp) => () => ({ dies: (text: string) => pattern.test(text) });
const files = (change: (files: Dict) => void) =>
  dict((all) => {
    const found = all.get('files');
    if (!(found instanceof Map)) return;
    const copy = new Map(found);
    change(copy);
    all.set('files', copy);
  });
const counts = (key: string, value: number) =>
  files((all) => {
    for (const [hash, found] of all) all.set(hash, new Map(found as Dict).set(key, value));
  });
const COUNTS: Bencode = new Map([
  ['complete', 1],
  ['downloaded', 1],
  ['incomplete', 1],
]);
const scenario = (reply: NonNullable<TrackerScenario['rules'][number]['do']['reply']>): TrackerScenario => ({
  rules: [{ do: { reply } }],
});

/** What the tracker that keeps a rule has to be told, where it does not offer the thing by itself. */
export const KEEPERS: Readonly<Record<string, TrackerScenario>> = {
  'bep3/tracker/answer/tracker-id': scenario({ trackerId: 'abc' }),
  'bep24/tracker/external-ip': scenario({ externalIp: '127.0.0.1' }),
};

/** For each rule over HTTP, a way to break it. */
export const HTTP_SPOILS: Readonly<Record<string, Spoil>> = {
  'bep3/tracker/answer/dictionary': () => ({ answer: () => OK('le') }),
  'bep3/tracker/answer/canonical': dict((all) => {
    const entries = [...all].reverse();
    all.clear();
    for (const [key, value] of entries) all.set(key, value);
  }),
  'bep3/tracker/answer/interval': dict((all) => void all.delete('interval')),
  'bep3/tracker/answer/interval-sane': put('interval', 5),
  'bep3/tracker/answer/peers': dict((all) => void all.delete('peers')),
  'bep23/tracker/compact/asked': replaced(/compact=1/, 'compact=0'),
  'bep23/tracker/compact/whole-peers': peers((compact) => `${compact}x`),
  'bep7/tracker/compact/whole-peers6': put('peers6', 'x'.repeat(17)),
  'bep23/tracker/compact/refused': replaced(/compact=0/, 'compact=1'),
  'bep3/tracker/answer/peer-dictionaries': dict((all) => {
    const list = all.get('peers');
    if (Array.isArray(list))
      all.set(
        'peers',
        list.map((peer) => new Map(peer as Dict).set('ip', 2_130_706_433)),
      );
  }),
  'bep3/tracker/answer/no-peer-id': replaced(/&no_peer_id=1/, ''),
  'bep3/tracker/answer/tracker-id': () => ({
    dict: (all, asked) =>
      void (asked.includes('trackerid=') ? all.set('failure reason', 'who?') : all.set('tracker id', 'x')),
  }),
  'bep24/tracker/external-ip': { scenario: scenario({ externalIp: '1.2.3.4' }) },

  'bep3/tracker/swarm/finds-peer': peers((compact) => compact.replaceAll('\x7f', '\x7e')),
  'bep3/tracker/swarm/high-port': peers((compact) => compact.replace(/(.{4})(.)(.)/gs, '$1$3$2')),
  'bep3/tracker/swarm/separate-torrents': replaced(/info_hash=[^&]*/, `info_hash=${A}`),
  'bep3/tracker/swarm/last-byte': replaced(/%00%00.*?&/, `${'%00'.repeat(10)}&`),
  'bep3/tracker/swarm/once': peers((compact) => compact + compact),
  'bep3/tracker/swarm/stopped': replaced(/&event=stopped/, ''),
  'bep3/tracker/swarm/stopped-stranger': replaced(/event=stopped/, 'event=started'),
  'bep3/tracker/swarm/event-empty': target((text) => text.replace(/&event=(&|$)/, '&event=stopped$1')),
  'bep3/tracker/swarm/event-missing': target((text) => (text.includes('event=') ? text : `${text}&event=stopped`)),
  'bep3/tracker/swarm/event-unknown': intercept(/exploded/, OK('hello')),
  'bep3/tracker/swarm/completed': replaced(/left=0&.*/, 'left=5&compact=1'),
  'bep3/tracker/swarm/left-zero': replaced(/left=0/, 'left=5'),
  'bep3/tracker/swarm/numwant': replaced(/&numwant=\d+/, ''),
  'bep3/tracker/swarm/numwant-zero': replaced(/&numwant=\d+/, ''),
  'bep3/tracker/swarm/numwant-negative': intercept(/numwant=-/, OK('hello')),
  'bep3/tracker/swarm/bounded': peers((compact) => compact.repeat(10)),
  'bep3/tracker/swarm/key-secret': () => {
    let key = '';
    return {
      dict: (all, asked) => {
        key = /key=([^&]*)/.exec(asked)?.[1] ?? key;
        all.set('z', key);
      },
    };
  },
  'bep3/tracker/swarm/ip-nonsense': put('peers', [
    new Map<string, Bencode>([
      ['ip', '999.1.1.1'],
      ['port', 1],
    ]),
  ]),

  'bep3/tracker/query/odd-bytes': replaced(/%00.*?&/, '%00&'),
  'bep3/tracker/query/escapes-upper': misread(/%[0-9A-F]?[A-F]/),
  'bep3/tracker/query/escapes-mixed': misread(/info_hash=abc/),
  'bep3/tracker/query/order': target((text) => (text.startsWith('/announce?info_hash') ? text : BAD)),
  'bep3/tracker/query/unknown': misread(/zzz/),
  'bep3/tracker/query/minimal': target((text) => (text.includes('compact') ? text : BAD)),
  'bep3/tracker/query/large-counts': misread(/left=\d{11}/),
  ...Object.fromEntries(
    ['19', '21', '0', '40'].map((length) => [
      `bep3/tracker/query/info-hash-${length}`,
      replaced(/info_hash=[^&]*/, `info_hash=${A}`),
    ]),
  ),
  'bep3/tracker/query/info-hash-missing': target((text) =>
    text.includes('info_hash') ? text : `${text}&info_hash=${A}`,
  ),
  'bep3/tracker/query/port-missing': target((text) => (/[?&]port=/.test(text) ? text : `${text}&port=1`)),
  'bep3/tracker/query/peer-id-missing': target((text) => (text.includes('peer_id') ? text : `${text}&peer_id=${A}`)),
  'bep3/tracker/query/peer-id-short': replaced(/peer_id=x{19}&/, `peer_id=${A}&`),
  'bep3/tracker/query/empty': target((text) =>
    text.includes('port') ? text : `/announce?info_hash=${A}&peer_id=${A}&port=1&left=1`,
  ),
  'bep3/tracker/query/failure-reason': put('failure reason', ''),
  'bep3/tracker/query/failure-alone': put('peers', ''),
  ...Object.fromEntries(
    ['0', '65536', 'negative', '4294967297', 'http', '1e3', 'empty'].map((name) => [
      `bep3/tracker/query/port-${name}`,
      target((text) => (text.includes('event=started') ? text.replace(/([?&]port=)[^&]*/, '$11234') : text)),
    ]),
  ),
  'bep3/tracker/query/bad-escapes': dies(/%zz/),
  'bep3/tracker/query/counts-nonsense': dies(/left=NaN/),
  'bep3/tracker/query/repeated': target((text) => {
    const hashes = [...text.matchAll(/info_hash=[^&]*/g)].map(([parameter]) => parameter);
    if (hashes.length < 2) return text;
    const rest = text.replace(/&?info_hash=[^&]*/g, '').replace('?', '?x=1');
    return hashes.map((parameter) => `${rest}&${parameter}`);
  }),

  'bep48/tracker/scrape/counts': counts('complete', 7),
  'bep48/tracker/scrape/downloaded': counts('downloaded', 2),
  'bep48/tracker/scrape/several': files((all) => void all.delete([...all.keys()][0]!)),
  'bep48/tracker/scrape/canonical': files((all) => {
    const entries = [...all].reverse();
    all.clear();
    for (const [hash, found] of entries) all.set(hash, found);
  }),
  'bep48/tracker/scrape/only-asked': files((all) => void all.set('\xff'.repeat(20), COUNTS)),
  'bep48/tracker/scrape/unknown': counts('incomplete', 3),
  'bep48/tracker/scrape/does-not-join': target((text) => {
    if (!text.startsWith('/scrape')) return text;
    return [text, `${text.replace('scrape', 'announce')}&peer_id=${A}&port=1&left=1`];
  }),
  'bep48/tracker/scrape/hash-lengths': () => ({
    intercept: (text) => (/scrape\?info_hash=x /.test(text) ? OK('d5:filesd1:xdeee') : undefined),
  }),
  'bep48/tracker/scrape/many': () => ({ dies: (text) => text.startsWith('GET /scrape') && text.length > 20_000 }),

  'bep3/tracker/http/split': () => ({ intercept: (_, pieces) => (pieces > 1 ? OK('hello') : undefined) }),
  'bep3/tracker/http/http-1-0': () => ({ keepsOpen: true }),
  'bep3/tracker/http/close': () => ({ keepsOpen: true }),
  'bep3/tracker/http/framed': () => ({
    answer: (text) => text.replace(/Content-Length: (\d+)/i, (_, length) => `Content-Length: ${Number(length) + 5}`),
  }),
  'bep3/tracker/http/keep-alive': () => ({ keepsOpen: true }),
  'bep3/tracker/http/pipelined': intercept(/GET .*GET /s, ANNOUNCED),
  'bep3/tracker/http/header-names': () => ({
    intercept: (text) => (text.includes('\nHost:') ? undefined : OK('hello')),
  }),
  'bep3/tracker/http/head': intercept(/^HEAD/, ANNOUNCED),
  'bep3/tracker/http/methods': () => ({ anyMethod: true }),
  'bep3/tracker/http/other-path': replaced(/^\/no\/such\/place/, '/announce'),
  'bep3/tracker/http/junk': dies(/BitTorrent protocol/),
  'bep3/tracker/http/long-path': () => ({ intercept: (text) => (text.length > 1e6 ? ANNOUNCED : undefined) }),
  'bep3/tracker/http/large-headers': () => ({ intercept: (text) => (text.length > 1e6 ? ANNOUNCED : undefined) }),
  'bep3/tracker/http/many-headers': () => ({ intercept: (text) => (text.length > 5e5 ? ANNOUNCED : undefined) }),
  'bep3/tracker/http/endless-head': () => ({}),
  'bep3/tracker/http/slow-head': () => ({}),
  'bep3/tracker/http/many-connections': () => ({ connectionsMax: 100 }),
};
