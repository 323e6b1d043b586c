import type { Case } from '../case.js';
import type { CodecSubject } from './subject.js';

/** Every rule for codecs and parsers. */
export const codecCases: readonly Case<CodecSubject>[] = [];
