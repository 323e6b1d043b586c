/** Bytes of a text with one character per byte: how torrents are written by hand in these tests. */
export function raw(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** A text as bencode would have it, written by hand and not by the package's own encoder. */
export function str(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return `${bytes.length}:${Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')}`;
}

/** A torrent around an info dictionary whose keys (after `name`) are given. */
export function torrentOf(info: string, before = '', after = ''): Uint8Array {
  return raw(`d${before}4:info${info}${after}e`);
}

/** A v1 info dictionary; `pieceCount` hashes of it. */
export function infoV1(
  files: string,
  options: { name?: string; pieceLength?: number; pieceCount?: number; more?: string } = {},
): string {
  const { name = 't', pieceLength = 16_384, pieceCount = 1, more = '' } = options;
  return `d${files}4:name${str(name)}12:piece lengthi${pieceLength}e6:pieces${pieceCount * 20}:${'h'.repeat(pieceCount * 20)}${more}e`;
}

/** A list of files for a v1 info dictionary. */
export function filesV1(...files: readonly { path: readonly string[]; length?: number; more?: string }[]): string {
  const items = files.map(
    ({ path, length = 1, more = '' }) => `d6:lengthi${length}e4:pathl${path.map(str).join('')}e${more}e`,
  );
  return `5:filesl${items.join('')}e`;
}
