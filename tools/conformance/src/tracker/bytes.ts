/** Everything here is text with one character for each byte: HTTP, bencode and info-hashes look alike then. */
export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

export function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

/** Every byte as `%xx`: right for any of them. */
export function percent(text: string): string {
  return Array.from(text, (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`).join('');
}

/** Bytes that only this case uses. */
export function randomText(length: number, randomBelow: (bound: number) => number): string {
  return Array.from({ length }, () => String.fromCharCode(randomBelow(256))).join('');
}

/** Compact peers, like `127.0.0.1:6881`, of 6 or 18 bytes each. */
export function compactPeers(text: string, addressBytes: 4 | 16): readonly string[] {
  const size = addressBytes + 2;
  return Array.from({ length: Math.floor(text.length / size) }, (_, index) => {
    const peer = text.slice(index * size, (index + 1) * size);
    const port = peer.charCodeAt(addressBytes) * 256 + peer.charCodeAt(addressBytes + 1);
    const octets = Array.from(peer.slice(0, addressBytes), (octet) => octet.charCodeAt(0));
    if (addressBytes === 4) return `${octets.join('.')}:${port}`;
    const words = Array.from({ length: 8 }, (_unused, word) => (octets[2 * word]! << 8) | octets[2 * word + 1]!);
    return `[${words.map((word) => word.toString(16)).join(':')}]:${port}`;
  });
}
