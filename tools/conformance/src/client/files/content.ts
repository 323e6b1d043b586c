import { join } from 'node:path';
import type { Case } from '../../case.js';
import { fail, notApplicable } from '../../errors.js';
import { clientCase } from '../client-case.js';
import { everythingBelow } from '../disk.js';
import type { ClientSubject } from '../subject.js';
import type { TorrentPlan } from '../torrent.js';

const FILES = 'BEP 3, info dictionary';
const KIB = 1024;

/** Contents of every shape: in the end each file has every byte. */
const SHAPES: readonly (readonly [id: string, rule: string, torrent: TorrentPlan])[] = [
  ['one-byte', 'It downloads a torrent of one byte.', { length: 1 }],
  ['one-piece', 'It downloads a torrent of exactly one piece.', { length: 32 * KIB }],
  ['whole-pieces', 'It downloads a torrent whose last piece is as long as the others.', { length: 128 * KIB }],
  [
    'block-and-a-byte',
    'It downloads a torrent whose last piece has a block and a byte.',
    { length: 64 * KIB + 16 * KIB + 1 },
  ],
  [
    'many-pieces',
    'It downloads a torrent whose bitfield has many bytes.',
    { length: 200 * 16 * KIB + 5, pieceLength: 16 * KIB },
  ],
  [
    'large-pieces',
    'It downloads a torrent with pieces of 1 MiB.',
    { length: 2 * 1024 * KIB + 77, pieceLength: 1024 * KIB },
  ],
  [
    'odd-piece-length',
    'It downloads a torrent whose piece length is no power of two.',
    { length: 200_000, pieceLength: 50_000 },
  ],
  [
    'many-files',
    'It downloads files that begin and end inside of pieces.',
    { name: 'album', files: [3, 40_000, 1, 32_768, 70_001].map((length, i) => ({ path: [`track ${i}.bin`], length })) },
  ],
  [
    'folders',
    'It makes the folders that files are in.',
    {
      name: 'album',
      files: [
        { path: ['a', 'b', 'c', 'one.bin'], length: 50_000 },
        { path: ['a', 'two.bin'], length: 10_000 },
      ],
    },
  ],
  [
    'empty-file',
    'It completes although one file is empty.',
    {
      name: 'album',
      files: [
        { path: ['one.bin'], length: 50_000 },
        { path: ['empty'], length: 0 },
        { path: ['two.bin'], length: 10_000 },
      ],
    },
  ],
  [
    'unicode',
    'It writes names that are not ASCII as they are.',
    { name: 'Sammlung äöü', files: [{ path: ['один', '海.bin'], length: 50_000 }] },
  ],
  [
    'unknown-keys',
    'It passes over keys that it does not know, also for the info-hash.',
    { info: { 'x-unknown': 'value' }, root: { 'zz-unknown': ['list', 1] } },
  ],
];

export const contentCases: readonly Case<ClientSubject>[] = [
  ...SHAPES.map(([id, rule, torrent]) =>
    clientCase({
      ...{ id: `bep3/files/${id}`, rule, section: FILES, stage: { torrent } },
      level: id === 'odd-piece-length' ? 'SHOULD' : 'MUST',
      play: async (stage) => {
        await stage.start();
        await stage.meet(await stage.seed());
        await stage.completes();
      },
    }),
  ),
  clientCase({
    ...{ id: 'bep3/files/unsorted-info', level: 'SHOULD', section: FILES, stage: { torrent: { isUnsorted: true } } },
    rule: 'When it takes a torrent whose keys are not sorted, the info-hash is that of the bytes as they are.',
    play: async (stage) => {
      stage.expectAnyExit();
      await stage.launch();
      const endMs = performance.now() + stage.kit.ms(REFUSED_MS);
      const isOver = (): boolean => stage.exit !== undefined || performance.now() >= endMs;
      await stage.until(() => stage.announces.length > 0 || isOver(), 60_000, 'an announce');
      const [first] = stage.announces;
      if (first === undefined) notApplicable('it does not take such a torrent');
      const wanted = Buffer.from(stage.torrent.mock.infoHash).toString('hex');
      const { infoHash } = first.request;
      if (infoHash !== wanted) fail(`it announced ${infoHash}, not ${wanted}`);
    },
  }),
  clientCase({
    ...{ id: 'bep47/files/padding', level: 'SHOULD', section: 'BEP 47' },
    rule: 'It does not write pad files.',
    stage: {
      torrent: {
        name: 'album',
        files: [
          { path: ['one.bin'], length: 40_000 },
          { path: ['.pad', '25536'], length: 25_536, extra: { attr: 'p' } },
          { path: ['two.bin'], length: 10_000 },
        ],
      },
    },
    play: async (stage) => {
      await stage.start();
      await stage.meet(await stage.seed());
      const wanted = stage.torrent.files.filter(({ path }) => !path.includes('.pad'));
      await stage.until(() => wanted.every((file) => stage.isFileRight(file)), 60_000, 'both files to be right');
      const pad = everythingBelow(join(stage.out, 'album')).find((path) => path.endsWith('25536'));
      if (pad !== undefined) fail('it wrote a pad file');
    },
  }),
];

/** Who has not announced by then has refused the torrent. */
const REFUSED_MS = 20_000;
