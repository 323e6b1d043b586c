/** Whose peer id that is: programs of other people draw theirs, but for how it begins. Of two that begin alike nobody can tell. */
export function guestBehind<Known extends { readonly peerIdPrefix: string }>(
  peerId: Uint8Array,
  guests: readonly Known[],
): Known | undefined {
  const text = Buffer.from(peerId).toString('latin1');
  const [guest, ...others] = guests.filter(({ peerIdPrefix }) => text.startsWith(peerIdPrefix));
  return others.length > 0 ? undefined : guest;
}
