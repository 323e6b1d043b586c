import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bytesContent, MockPeerError, makeTorrent, openFiles, readTorrent, sha1 } from '../src/index.js';

const HASHES = 'h'.repeat(40);

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unchoke-torrent-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'));
}

test('a torrent is written as BEP 3 has it', () => {
  const content = bytesContent(bytes('abcdef'));
  const plan = { name: 'six', content, pieceLength: 4, tracker: 'http://t/announce', isPrivate: true };
  const hashes = ['abcd', 'ef'].map((piece) => createHash('sha1').update(piece).digest().toString('latin1')).join('');
  expect(Buffer.from(makeTorrent(plan, sha1)).toString('latin1')).toBe(
    `d8:announce17:http://t/announce4:infod6:lengthi6e4:name3:six12:piece lengthi4e6:pieces40:${hashes}7:privatei1eee`,
  );
});

test('the info-hash is that of the bytes as they stand, in whatever order', () => {
  const info = `d4:name1:x6:lengthi5e6:pieces20:${'h'.repeat(20)}12:piece lengthi8ee`;
  const torrent = readTorrent(bytes(`d4:info${info}8:announce8:http://te`), sha1);
  expect(Buffer.from(torrent.infoHash).toString('hex')).toBe(createHash('sha1').update(info, 'latin1').digest('hex'));
  expect(Buffer.from(torrent.infoBytes).toString('latin1')).toBe(info);
  expect(torrent).toMatchObject({ name: 'x', pieceLength: 8, pieceCount: 1, totalLength: 5, trackers: ['http://t'] });
});

test.each([
  ['', 'expected a string length (offset 0)'],
  ['i5e', 'is not a dictionary'],
  ['d4:spami5ee', 'info: is missing'],
  ['d4:infod6:lengthi5eee', 'info.pieces: is not a string'],
  [`d4:infod6:lengthi5e4:name1:x12:piece lengthi0e6:pieces20:${HASHES.slice(20)}ee`, 'info.piece length: is 0'],
  [
    `d4:infod6:lengthi5e4:name1:x12:piece lengthi4e6:pieces20:${HASHES.slice(20)}ee`,
    'info.pieces: 20 bytes, but 2 pieces need 40',
  ],
  [
    `d4:infod6:lengthi-5e4:name1:x12:piece lengthi4e6:pieces0:ee`,
    'info.length: is not an integer between 0 and 2^53 - 1',
  ],
  [
    `d4:infod6:lengthi5e4:name2:..12:piece lengthi8e6:pieces20:${HASHES.slice(20)}ee`,
    'info.name: ".." would leave the folder',
  ],
  [
    `d4:infod5:filesld6:lengthi5e4:pathl2:..1:xeee4:name1:x12:piece lengthi8e6:pieces20:${HASHES.slice(20)}ee`,
    'info.files[0].path: "../x" would leave the folder',
  ],
  ['l'.repeat(100_000), 'nested deeper than 64 (offset 65)'],
  ['d9999999999:x', 'a string of 9999999999 bytes does not fit (offset 1)'],
  ['d4:info', 'expected a string length (offset 7)'],
])('bad torrent %# is refused', (text, message) => {
  expect(() => readTorrent(bytes(text), sha1)).toThrow(message);
  expect(() => readTorrent(bytes(text), sha1)).toThrow(MockPeerError);
});

test('files of a folder are one content, pad files are zeros', async () => {
  const info =
    'd5:filesld6:lengthi5e4:pathl1:aeed4:attr1:p6:lengthi3e4:pathl4:.pad1:3eed6:lengthi4e4:pathl3:sub1:beee' +
    `4:name6:folder12:piece lengthi8e6:pieces40:${HASHES}e`;
  const torrent = readTorrent(bytes(`d4:info${info}e`), sha1);
  await mkdir(join(folder, 'folder', 'sub'), { recursive: true });
  await writeFile(join(folder, 'folder', 'a'), 'AAAAA');
  await writeFile(join(folder, 'folder', 'sub', 'b'), 'BBBB');
  for (const path of [folder, join(folder, 'folder')]) {
    const content = openFiles(torrent, path);
    expect(Buffer.from(content.read(0, 12)).toString('latin1')).toBe('AAAAA\0\0\0BBBB');
    expect(Buffer.from(content.read(4, 5)).toString('latin1')).toBe('A\0\0\0B');
    content.close();
  }
  const copy = openFiles(torrent, join(folder, 'copy'), 'write');
  copy.write(0, bytes('aaaaa\0\0\0'));
  copy.write(8, bytes('bbbb'));
  expect(Buffer.from(copy.read(0, 12)).toString('latin1')).toBe('aaaaa\0\0\0bbbb');
  copy.close();
  expect(await readFile(join(folder, 'copy', 'sub', 'b'), 'latin1')).toBe('bbbb');
});

test('a file that is missing or of another length is named', () => {
  const torrent = readTorrent(makeTorrent({ name: 'six', content: bytesContent(bytes('abcdef')) }, sha1), sha1);
  expect(() => openFiles(torrent, join(folder, 'six'))).toThrow(/six cannot be used: ENOENT/);
});
