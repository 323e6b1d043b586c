import { LIMITS } from './limits.js';
import { utf8Length } from './text.js';

/** Names that need nothing: most of them. A tilde is left to the slow way, because of short names. */
const PLAIN = /^[\w!#$%&'()+,\-;=@[\]^`{} .]*[\w!#$%&'()+,\-;=@[\]^`{}]$/;
/**
 * Characters no name may have: separators and what Windows reserves, control characters (Cc), invisible and
 * direction-changing format characters (Cf) except the two joiners, line and paragraph separators, halves of surrogate
 * pairs, and code points that are no characters.
 */
const FORBIDDEN = /[/\\<>:"|?*\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Noncharacter_Code_Point}]|(?![\u200c\u200d])\p{Cf}/gu;
/** Joiners belong between letters (Persian, Indic scripts) and in emoji; anywhere else they only hide. */
const STRAY_JOINER = /(?<![\p{L}\p{M}\p{S}])[\u200c\u200d]|[\u200c\u200d](?![\p{L}\p{M}\p{S}])/gu;
/** Windows drops dots and spaces at the end; `.` and `..` are nothing else. */
const TRAILING = /[. ]+$/;
/** Windows opens a device for these names, whatever the ending and the case. */
const DEVICE = /^(?:con|prn|aux|nul|clock\$|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3]) *(?:\.|$)/iu;
/** `PROGRA~1`: the second name that FAT and NTFS give a longer one. */
const SHORT_NAME = /^([^.]{1,6})~([0-9]{1,6}(?:\.[^.]{0,3})?)$/u;

const EXTENSION = /\.[^.]{1,15}$/u;
const HASH_DIGITS = 8;

/**
 * One name as it may stand on any disk. The rule, in this order:
 *
 * 1. separators, characters Windows reserves, control and format characters, and joiners that join nothing become `_`,
 *    one for one; so do dots and spaces at the end. An empty name becomes `_`.
 * 2. names of Windows devices get a `_` in front; the tilde of a short name (`PROGRA~1`) becomes `_`.
 * 3. names over 255 bytes of UTF-8 are cut in the middle: `beginning~1a2b3c4d.ext`, with a hash of the whole name.
 *
 * It is the same on every platform, and a safe name is its own safe name.
 *
 * @example
 * ```ts
 * import { safeName } from '@unchoke/metainfo';
 *
 * console.assert(safeName('..') === '__' && safeName('a/b') === 'a_b' && safeName('nul.txt') === '_nul.txt');
 * console.assert(safeName('What? A film.mkv') === 'What_ A film.mkv');
 * ```
 */
export function safeName(name: string): string {
  if (name.length <= LIMITS.nameBytesMax && PLAIN.test(name) && !DEVICE.test(name)) return name;
  const clean = cleaned(name);
  return utf8Length(clean) <= LIMITS.nameBytesMax ? clean : shortened(clean, name);
}

function cleaned(name: string): string {
  const replaced = name
    .replace(FORBIDDEN, '_')
    .replace(TRAILING, (tail) => '_'.repeat(tail.length))
    .replace(SHORT_NAME, '$1_$2')
    .replace(STRAY_JOINER, '_');
  if (replaced === '') return '_';
  return DEVICE.test(replaced) ? `_${replaced}` : replaced;
}

function shortened(clean: string, name: string): string {
  const extension = EXTENSION.exec(clean)?.[0] ?? '';
  const room = LIMITS.nameBytesMax - HASH_DIGITS - 1 - utf8Length(extension);
  let stem = '';
  let used = 0;
  for (const character of clean) {
    used += utf8Length(character);
    if (used > room) break;
    stem += character;
  }
  // The cut can leave a joiner that joins nothing any more.
  return cleaned(`${stem}~${hashOf(name)}${extension}`);
}

/** FNV-1a over the 16-bit units: to keep cut names apart, not to withstand anyone; what still collides is refused. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193);
    hash = Math.imul(hash ^ (unit >>> 8), 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(HASH_DIGITS, '0');
}
