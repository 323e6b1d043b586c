/** What can be bencoded here. Text is UTF-8; `raw` stands as it is, right or wrong. */
export type Value =
  | number
  | bigint
  | string
  | Uint8Array
  | readonly Value[]
  | { readonly raw: Uint8Array }
  | ReadonlyMap<string, Value>;

/** Bencodes, with the keys of a dictionary in the order they were given: a case may want a wrong one. */
export function bencode(value: Value): Uint8Array {
  if (typeof value === 'number' || typeof value === 'bigint') return latin1(`i${value}e`);
  if (typeof value === 'string') return bencode(new TextEncoder().encode(value));
  if (value instanceof Uint8Array) return join([latin1(`${value.length}:`), value]);
  if (value instanceof Map) {
    const pairs = [...(value as ReadonlyMap<string, Value>)].flatMap(([key, item]) => [bencode(key), bencode(item)]);
    return join([latin1('d'), ...pairs, latin1('e')]);
  }
  if (Array.isArray(value)) return join([latin1('l'), ...(value as readonly Value[]).map(bencode), latin1('e')]);
  return (value as { readonly raw: Uint8Array }).raw;
}

/** A dictionary with its keys sorted, as it should be. Without the keys whose value is undefined. */
export function dict(entries: Readonly<Record<string, Value | undefined>>): ReadonlyMap<string, Value> {
  const sorted = Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(sorted.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
}

export function latin1(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'));
}

function join(chunks: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(chunks));
}
