import { createRequire } from 'node:module';
import { decode, encode } from '@unchoke/bencode';

/** A codec as its users call it. Rivals get a `Buffer`, which is what each of them documents. */
export interface Codec {
  readonly name: string;
  readonly decode: (bytes: Buffer) => unknown;
  readonly encode: (value: never) => Uint8Array | string;
}

interface Pair {
  readonly decode: (bytes: Buffer) => unknown;
  readonly encode: (value: unknown) => Uint8Array | string;
}

export const OURS: Codec = { name: '@unchoke/bencode', decode: (bytes) => decode(bytes), encode };

export const RIVALS: readonly Codec[] = await Promise.all([
  rival('bencode', (module) => module['default'] as Pair),
  rival('bencode-js', (module) => module['default'] as Pair),
  rival('bncode', (module) => module as unknown as Pair),
  rival('bencodec', (module) => module as unknown as Pair),
  rival('dht-bencode', ({ bdecode, bencode }) => ({ decode: bdecode, encode: bencode }) as Pair),
]);

async function rival(name: string, pick: (module: Record<string, unknown>) => Pair): Promise<Codec> {
  const manifest = createRequire(import.meta.url)(`../../../node_modules/${name}/package.json`) as { version: string };
  const { decode, encode } = pick((await import(name)) as Record<string, unknown>);
  return { name: `${name} ${manifest.version}`, decode, encode };
}
