import { expect, test } from 'vitest';
import { nameKey } from '../src/name-key.js';

const CHANGES: readonly ((text: string) => string)[] = [
  (text) => text.toLowerCase(),
  (text) => text.toUpperCase(),
  (text) => text.normalize('NFC'),
  (text) => text.normalize('NFD'),
  (text) => text.normalize('NFKC'),
  (text) => text.normalize('NFKD'),
];

test('what case and normal forms do to a character does not change its key', () => {
  const odd: string[] = [];
  for (let code = 0; code <= 0x1ffff; code++) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const text = `a${String.fromCodePoint(code)}b`;
    if (CHANGES.some((change) => nameKey(change(text)) !== nameKey(text))) odd.push(code.toString(16));
  }
  expect(odd).toEqual([]);
});

test('a key is its own key', () => {
  for (const name of ['Straße', 'ﬁﬂ', 'İstanbul', 'ΑΣ', '①Ａ', '❤\ufe0f'])
    expect(nameKey(nameKey(name))).toBe(nameKey(name));
});

test('different names have different keys', () => {
  const names = ['a', 'b', 'ä', 'ö', 'я', '東', '京', '1', '2', 'a b', 'a_b', 'ab', ''];
  expect(new Set(names.map(nameKey)).size).toBe(names.length);
});
