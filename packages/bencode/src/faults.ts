import type { BencodeErrorCode } from './errors.js';
import type { LIMITS } from './limits.js';

/** What to tell a person of a fault that the scanner found. `byte` is the byte it stopped at. */
export function describe(
  code: BencodeErrorCode,
  limits: typeof LIMITS,
  expected: string,
  byte: number | undefined,
): string {
  switch (code) {
    case 'unexpected-end':
      return 'the bytes end inside a value';
    case 'bad-length':
      return isDigit(byte)
        ? 'the length of a string has a leading zero'
        : `expected a digit or ":" in the length of a string, found ${formatByte(byte)}`;
    case 'bad-integer':
      return isDigit(byte)
        ? 'an integer has a leading zero, or is minus zero'
        : `expected a digit in an integer, found ${formatByte(byte)}`;
    case 'unsorted-keys':
      return 'this key is smaller than the one before it';
    case 'duplicate-key':
      return 'this key stands twice in one dictionary';
    case 'depth-exceeded':
      return `more than ${limits.depthMax} lists and dictionaries inside each other (depthMax)`;
    case 'count-exceeded':
      return `more than ${limits.valueCountMax} values (valueCountMax)`;
    case 'string-too-long':
      return `a string declares more than ${limits.stringBytesMax} bytes (stringBytesMax)`;
    case 'integer-too-long':
      return `an integer has more than ${limits.integerDigitsMax} digits (integerDigitsMax)`;
    case 'unsorted-exceeded':
      return `more than ${limits.unsortedKeyCountMax} keys in a dictionary that is not sorted (unsortedKeyCountMax)`;
    case 'input-too-long':
      return `a value takes more than ${limits.bytesMax} bytes (bytesMax)`;
    default:
      return `expected ${expected}, found ${formatByte(byte)}`;
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function formatByte(byte = 0): string {
  const hex = `0x${byte.toString(16).padStart(2, '0')}`;
  return byte > 0x20 && byte < 0x7f ? `"${String.fromCharCode(byte)}" (${hex})` : hex;
}
