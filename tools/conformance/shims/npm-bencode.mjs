// One of the npm packages bencode, bencodec and bncode as a subject: `node npm-bencode.mjs bencodec`, where it is installed.
import { serve, told, versionOf } from './line-protocol.mjs';

const name = process.argv[2] ?? 'bencode';
const module = await import(name);
const { decode, encode } = module.default?.decode === undefined ? module : module.default;

/** These packages read keys as UTF-8. */
const keyHex = (key) => Buffer.from(key, 'utf8').toString('hex');

serve(name, versionOf(name), {
  bencode: (bytes) => told(decode(bytes), keyHex),
  'bencode-again': (bytes) => Buffer.from(encode(decode(bytes))).toString('hex'),
  'bencode-check': (bytes) => decode(bytes) !== undefined,
});
