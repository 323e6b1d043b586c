import { createHash } from 'node:crypto';
import { parseMetainfo } from '@unchoke/metainfo';
import { hashes } from '@unchoke/metainfo/node';
import { expect, test } from 'vitest';
import { filesV1, infoV1, torrentOf } from './bytes.js';

test('the info-hash is over the exact bytes of the info dictionary', () => {
  const info = infoV1('6:lengthi5e');
  const metainfo = parseMetainfo(torrentOf(info), hashes);
  expect(Buffer.from(metainfo.infoHash ?? [])).toEqual(createHash('sha1').update(info, 'latin1').digest());
  expect(metainfo.infoHashV2).toBeUndefined();
});

test('files of a torrent lie behind each other', () => {
  const info = infoV1(filesV1({ path: ['a'], length: 3 }, { path: ['b', 'c'], length: 4 }));
  const { files, totalLength } = parseMetainfo(torrentOf(info), hashes);
  expect(files.map(({ path, offset, length }) => ({ path, offset, length }))).toEqual([
    { path: ['t', 'a'], offset: 0, length: 3 },
    { path: ['t', 'b', 'c'], offset: 3, length: 4 },
  ]);
  expect(totalLength).toBe(7);
});
