import { MetainfoError, type MetainfoNoteCode } from './errors.js';
import { LIMITS } from './limits.js';

/**
 * Something odd that did not make a torrent or a magnet unusable: what, and where.
 *
 * @example
 * ```ts
 * import { type MetainfoNote, parseMagnet } from '@unchoke/metainfo';
 *
 * const { notes } = parseMagnet('magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a&x.pe=nowhere');
 * const note: MetainfoNote | undefined = notes[0];
 * console.assert(note?.code === 'parameter-ignored' && note.path === 'x.pe');
 * ```
 */
export interface MetainfoNote {
  readonly code: MetainfoNoteCode;
  readonly problem: string;
  readonly path: string;
  readonly offset: number;
}

/** Whatever knows where it stands: a node of bencode, or a parameter of a magnet. */
export interface Place {
  readonly path: string;
  readonly offset: number;
}

/** Collects oddities, or refuses them when reading is strict. */
export class Notes {
  readonly list: MetainfoNote[] = [];
  readonly #isStrict: boolean;

  constructor(isStrict: boolean) {
    this.#isStrict = isStrict;
  }

  add(code: MetainfoNoteCode, problem: string, place: Place): void {
    if (this.#isStrict) throw new MetainfoError(code, problem, place.path, place.offset);
    if (this.list.length >= LIMITS.noteCountMax) return;
    this.list.push({ code, problem, path: place.path, offset: place.offset });
  }
}
