import { packAddress, packPeer } from '@unchoke/tracker';

/** A peer as a scenario names it: its 6 or 18 compact bytes, or `self`, the one who asks. */
export function readPeerText(text: string): Uint8Array | 'self' | undefined {
  if (text === 'self') return 'self';
  const parts = /^(?:\[([0-9a-fA-F:.]{2,45})\]|([0-9.]{7,15})):(\d{1,5})$/.exec(text);
  if (parts === null) return undefined;
  const host = (parts[1] ?? parts[2])!;
  const port = Number(parts[3]);
  if (port > 65_535 || packAddress(host)?.length !== (parts[1] === undefined ? 4 : 16)) return undefined;
  return packPeer({ host, port });
}
