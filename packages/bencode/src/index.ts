export { type DecodeOptions, decode, decodePrefix, splitDict } from './decode.js';
export { Decoder } from './decoder.js';
export { encode } from './encode.js';
export { BencodeError, type BencodeErrorCode } from './errors.js';
export { LIMITS, type Limit } from './limits.js';
export { BencodeNode, type BencodeType } from './node.js';
export { read } from './read.js';
export type { Forgiven } from './scanner.js';
export type { BencodeDict, BencodeValue, Encodable } from './values.js';
