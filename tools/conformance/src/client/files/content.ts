import { join } from 'node:path';
import type { Case } from '../../case.js';
import { fail } from '../../errors.js';
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
  [
    'unsorted-info',
    'It takes the info-hash from the bytes of the file, also when they are not as they should be.',
    { isUnsorted: true },
  ],
];

export const contentCases: readonly Case<ClientSubject>[] = [
  ...SHAPES.map(([id, rule, torrent]) =>
    clientCase({
      ...{ id: `bep3/files/${id}`, rule, section: FILES, stage: { torrent } },
      level: id === 'odd-piece-length' || id === 'unsorted-info' ? 'SHOULD' : 'MUST',
      play: async (stage) => {
        await stage.start();
        await stage.meet(await stage.seed());
        await stage.completes();
      },
    }),
  ),
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
      const zeros = { length: stage.torrent.content.length, read: stage.torrent.content.read };
      await stage.start();
      await stage.meet(await stage.seed({ content: zeros }));
      const wanted = stage.torrent.files.filter(({ path }) => !path.includes('.pad'));
      await stage.until(() => wanted.every((file) => stage.isFileRight(file)), 60_000, 'both files to be right');
      const pad = everythingBelow(join(stage.out, 'album')).find((path) => path.endsWith('25536'));
      if (pad !== undefined) fail('it wrote a pad file');
    },
  }),
];
