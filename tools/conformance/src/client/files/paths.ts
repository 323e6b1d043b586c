import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Case } from '../../case.js';
import { fail } from '../../errors.js';
import type { Value } from '../bencode.js';
import { clientCase } from '../client-case.js';
import { everythingBelow } from '../disk.js';
import { greet } from '../greeting.js';
import type { Stage } from '../stage.js';
import type { ClientSubject } from '../subject.js';
import type { TorrentPlan } from '../torrent.js';

const FILES = 'BEP 3, info dictionary';
const LENGTH = 40_000;

const file = (...path: (string | Uint8Array)[]): TorrentPlan => ({ name: 'album', files: [{ path, length: LENGTH }] });

/** Paths that leave the folder, for somebody who joins them as they are. */
const ESCAPES: readonly (readonly [id: string, rule: string, torrent: TorrentPlan, reason?: string])[] = [
  [
    'parent',
    'It writes nothing outside its folder when a path goes up.',
    file('..', '..', 'escaped.bin'),
    'CVE-2009-1760',
  ],
  [
    'parent-inside',
    'It writes nothing outside its folder when a path goes down and up again.',
    file('a', '..', '..', '..', 'escaped.bin'),
    'CVE-2010-0012',
  ],
  [
    'separator',
    'It writes nothing outside its folder when a name holds separators.',
    file('../../escaped.bin'),
    'CVE-2007-1384',
  ],
  [
    'name-parent',
    'It writes nothing outside its folder when the torrent is called "..".',
    { name: '..', files: [{ path: ['escaped.bin'], length: LENGTH }] },
  ],
  [
    'name-separator',
    'It writes nothing outside its folder when the name of the torrent holds separators.',
    { name: '../../escaped.bin', length: LENGTH },
  ],
  [
    'utf-8-key',
    'It writes nothing outside its folder when only path.utf-8 goes up.',
    {
      name: 'album',
      files: [{ path: ['good.bin'], length: LENGTH, extra: { 'path.utf-8': ['..', '..', 'escaped.bin'] } }],
    },
  ],
  [
    'name-utf-8-key',
    'It writes nothing outside its folder when only name.utf-8 goes up.',
    { name: 'good.bin', length: LENGTH, info: { 'name.utf-8': '../../escaped.bin' } },
  ],
  ['backslash', 'It writes nothing outside its folder when a name holds backslashes.', file('..\\..\\escaped.bin')],
  ['nul', 'It writes nothing outside its folder when a name holds a NUL.', file('..\0', '..', 'escaped.bin')],
];

/** Names that are odd but harmless, or cannot be: whatever it does, it lives on or says no. */
const ODD: readonly (readonly [id: string, rule: string, torrent: TorrentPlan])[] = [
  ['long-name', 'It lives on or refuses when a name has a thousand bytes.', file('x'.repeat(1_000))],
  [
    'long-path',
    'It lives on or refuses when a path has ten thousand bytes.',
    file(...Array.from({ length: 50 }, () => 'y'.repeat(200))),
  ],
  [
    'deep',
    'It lives on or refuses when a file is in a thousand folders.',
    file(...Array.from({ length: 1_000 }, () => 'd'), 'file.bin'),
  ],
  ['empty-component', 'It lives on or refuses when part of a path is empty.', file('', 'file.bin')],
  ['empty-path', 'It lives on or refuses when a path has no parts.', file()],
  ['invalid-utf-8', 'It lives on or refuses when a name is no UTF-8.', file(Uint8Array.of(0xff, 0xfe, 0x80, 0x41))],
  ['control-characters', 'It lives on or refuses when a name holds control characters.', file('\u0001\u001b[2J\n.bin')],
  [
    'same-path-twice',
    'It lives on or refuses when two files have the same path.',
    {
      name: 'album',
      files: [
        { path: ['same.bin'], length: LENGTH },
        { path: ['same.bin'], length: LENGTH },
      ],
    },
  ],
  [
    'file-and-folder',
    'It lives on or refuses when a path is a file and a folder.',
    {
      name: 'album',
      files: [
        { path: ['x'], length: LENGTH },
        { path: ['x', 'y'], length: LENGTH },
      ],
    },
  ],
];

/** Info dictionaries that describe nothing. */
const BROKEN: readonly (readonly [id: string, what: string, info: Readonly<Record<string, Value | undefined>>])[] = [
  ['piece-length-zero', 'the piece length is 0', { 'piece length': 0 }],
  ['piece-length-negative', 'the piece length is negative', { 'piece length': -32_768 }],
  ['piece-length-huge', 'the piece length is 2^63 − 1', { 'piece length': 9_223_372_036_854_775_807n }],
  ['pieces-missing', 'there are no piece hashes', { pieces: undefined }],
  ['pieces-short', 'there are too few piece hashes', { pieces: new Uint8Array(20) }],
  ['pieces-uneven', 'the piece hashes do not divide by 20', { pieces: new Uint8Array(33) }],
  ['length-negative', 'the length is negative', { length: -1 }],
  ['length-huge', 'the length is 2^63 − 1', { length: 9_223_372_036_854_775_807n }],
  ['name-missing', 'there is no name', { name: undefined }],
  ['name-number', 'the name is a number', { name: 5 }],
  ['info-list', 'files is a number', { files: 7, length: undefined }],
];

export const pathCases: readonly Case<ClientSubject>[] = [
  ...ESCAPES.map(([id, rule, torrent, reason]) =>
    clientCase({
      ...{ id: `safe/paths/${id}`, level: 'SAFE', rule, section: 'reliability', stage: { torrent } },
      ...(reason === undefined ? {} : { reason }),
      play: async (stage) => {
        const before = new Set(outside(stage));
        await tryToDownload(stage);
        const strangers = outside(stage).filter((path) => !before.has(path) && !path.includes('/state'));
        if (strangers.length > 0) fail(`it wrote ${strangers[0]?.slice(stage.kit.folder.length)}`);
      },
    }),
  ),
  ...ODD.map(([id, rule, torrent]) =>
    clientCase({
      ...{ id: `safe/names/${id}`, level: 'SAFE', rule, section: 'reliability', stage: { torrent } },
      play: async (stage) => await livesOrRefuses(stage),
    }),
  ),
  ...BROKEN.map(([id, what, info]) =>
    clientCase({
      ...{ id: `bep3/metainfo/${id}`, level: 'SAFE', section: FILES, stage: { torrent: { info } } },
      rule: `It refuses a torrent without harm when ${what}.`,
      play: async (stage) => await livesOrRefuses(stage),
    }),
  ),
  clientCase({
    ...{
      id: 'bep3/metainfo/nested',
      level: 'SAFE',
      section: FILES,
      reason: 'rqbit#660',
      stage: {
        torrent: {
          root: { 'aa-nested': { raw: new Uint8Array(Buffer.from(`${'l'.repeat(100_000)}${'e'.repeat(100_000)}`)) } },
        },
      },
    },
    rule: 'It lives on or refuses when a torrent holds a hundred thousand lists in each other.',
    play: async (stage) => await livesOrRefuses(stage),
  }),
  clientCase({
    ...{ id: 'bep3/metainfo/truncated', level: 'SAFE', section: FILES },
    rule: 'It refuses a torrent file that ends too early.',
    play: async (stage) => {
      stage.replaceTorrentFile(stage.torrent.file.subarray(0, stage.torrent.file.length - 40));
      await livesOrRefuses(stage);
    },
  }),
];

/** Brings a seed, if the subject takes the torrent at all, and lets it download what it will. */
async function tryToDownload(stage: Stage): Promise<void> {
  await stage.launch();
  const seed = await stage.seed();
  const startedMs = performance.now();
  while (stage.exit === undefined && performance.now() - startedMs < stage.kit.ms(REFUSED_MS)) {
    if ((await greet(stage.port, stage.torrent.mock.infoHash, stage.nextHost(), 1_000)) !== undefined) break;
  }
  if (stage.exit !== undefined) return;
  await stage.meet(seed);
  const isOver = (): boolean =>
    stage.exit !== undefined || seed.closed > 0 || seed.peer.uploadedLength >= stage.torrent.mock.totalLength;
  const endMs = performance.now() + stage.kit.ms(DOWNLOAD_MS);
  await stage.never(() => false, 500);
  while (!isOver() && performance.now() < endMs) await stage.never(() => false, 250);
  // What came last must have been written.
  await stage.never(() => false, 1_000);
}

/** An end with any code says no; an end by a signal does not. */
async function livesOrRefuses(stage: Stage): Promise<void> {
  stage.expectAnyExit();
  await tryToDownload(stage);
  const { exit } = stage;
  if (exit === undefined) return;
  if (exit.signal !== null) fail(`its process ended with signal ${exit.signal}: ${stage.lastLine()}`);
  // A shell or a runtime that dies of a signal reports it as 128 and more.
  if ((exit.code ?? 0) >= 128) fail(`its process ended with code ${exit.code}: ${stage.lastLine()}`);
}

function outside(stage: Stage): readonly string[] {
  const found = everythingBelow(dirname(dirname(stage.out)));
  const near = join(dirname(stage.kit.folder), 'escaped.bin');
  return [
    ...found.filter((path) => !path.startsWith(`${stage.out}/`) && !path.startsWith(stage.kit.transcriptFolder)),
    ...(existsSync(near) ? [near] : []),
  ];
}

/** Who has not taken a torrent by then has refused it. */
const REFUSED_MS = 6_000;
const DOWNLOAD_MS = 8_000;
