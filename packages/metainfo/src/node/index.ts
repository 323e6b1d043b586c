export { hashes, sha1, sha256 } from './hashes.js';
