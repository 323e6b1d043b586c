// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the strings are samples of code
import { describe, expect, it } from 'vitest';
import { mask } from './mask.js';

/** `·` stands for a blanked character. */
function codeOf(text: string): string {
  return mask(text).code.replaceAll(' ', '·');
}

describe('mask', () => {
  it.each([
    ['comments', 'a // b\nc /* d\ne */ f', 'a·····\nc·····\n·····f'],
    ['strings', `f('a"b', "c'd", 'e\\'f')`, `f('···',·"···",·'····')`],
    ['templates with code inside', 'f(`a${b}c${`d${e}`}f`)', 'f(`·${b}·${`·${e}`}·`)'],
    ['braces inside a template', '`${{ a: 1 }.a}b`; c', '`${{·a:·1·}.a}·`;·c'],
    ['a regular expression', `const a = /'[/"]/g; b`, 'const·a·=·········;·b'],
    ['a regular expression as an argument', `f(/'/, 'a')`, `f(···,·'·')`],
    ['a division', 'const a = b / c / d; // e', 'const·a·=·b·/·c·/·d;·····'],
    ['a division after a call', `f() / 2 + 'x/y'`, `f()·/·2·+·'···'`],
    ['a comment mark in a string', `a = 'http://b'; c`, `a·=·'········';·c`],
  ])('keeps code and blanks %s', (_, text, expected) => expect(codeOf(text)).toBe(expected));

  it('keeps every offset and line', () => {
    const text = 'a /* ünï 🙂 */ "🙂" b\n// c\n`\n${d}`';
    const { code, comments } = mask(text);
    expect([code.length, comments.length]).toEqual([text.length, text.length]);
    expect(code.split('\n').length).toBe(text.split('\n').length);
    expect(code.indexOf('b')).toBe(text.indexOf('b'));
    expect(comments.trim().split('\n')[0]?.trimEnd()).toBe('/* ünï 🙂 */');
  });

  it('survives code that is not finished', () => {
    for (const text of ["'a", '`a${', '/* a', '/a', '`${`', '}', '"\\'])
      expect(mask(text).code.length).toBe(text.length);
  });
});
