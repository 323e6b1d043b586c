// The line protocol of `unchoke-conformance codec`: a line in is `operation hex word…`, a line out is JSON.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Answers every line with what the operation of that name returns (or promises), or with the error that it throws. */
export async function serve(name, version, operations) {
  for await (const line of createInterface({ input: process.stdin })) {
    const [operation, hex, ...words] = line.split(' ');
    process.stdout.write(`${JSON.stringify(await answer(operation, hex, words))}\n`);
  }

  async function answer(operation, hex, words) {
    if (operation === 'hello') return { name, version, operations: Object.keys(operations) };
    if (!Object.hasOwn(operations, operation)) return { unsupported: operation };
    try {
      const chunks = hex === '-' ? [Buffer.alloc(0)] : hex.split('/').map((digits) => Buffer.from(digits, 'hex'));
      return { value: await operations[operation](chunks[0], words, chunks) };
    } catch (error) {
      return { error: String(error?.message ?? error).slice(0, 500) };
    }
  }
}

/** What `bencode` answers: numbers may be `number` or `bigint`, strings are bytes, dictionaries maps or objects. */
export function told(value, keyHex = (key) => Buffer.from(key, 'latin1').toString('hex')) {
  if (typeof value === 'number' || typeof value === 'bigint') return { integer: String(value) };
  if (value instanceof Uint8Array) return { string: hexOf(value) };
  if (Array.isArray(value)) return { list: value.map((item) => told(item, keyHex)) };
  if (value === null || value === undefined || typeof value !== 'object') throw new Error(`decoded to ${value}`);
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return { dict: entries.map(([key, item]) => [keyHex(key), told(item, keyHex)]) };
}

export function hexOf(bytes) {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

/** The version of an installed package, wherever it was found. */
export function versionOf(name) {
  const entry = fileURLToPath(import.meta.resolve(name)).replaceAll('\\', '/');
  const folder = entry.slice(0, entry.lastIndexOf(`/node_modules/${name}/`) + `/node_modules/${name}/`.length);
  return JSON.parse(readFileSync(`${folder}package.json`, 'utf8')).version;
}
