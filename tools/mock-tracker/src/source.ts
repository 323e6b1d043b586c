import { formatAddress, packAddress } from '@unchoke/tracker';

/** Where a request came from. */
export interface Source {
  /** 4 or 16 bytes. */
  readonly address: Uint8Array;
  /** As text, in one form only. */
  readonly text: string;
  readonly port: number;
  /**
   * Loopback and private ranges. Only from there a client may say that it listens elsewhere (`ip=`): otherwise anybody
   * could send a swarm's connections to a stranger.
   */
  readonly isLocal: boolean;
}

/** A source as a socket reports it; an IPv4 address inside an IPv6 one (RFC 4291, 2.5.5.2) is what it contains. */
export function sourceOf(host: string, port: number): Source {
  // A zone (`fe80::1%eth0`) means nothing to others.
  const given = packAddress(host.split('%', 1)[0]!) ?? new Uint8Array(4);
  const address = isMapped(given) ? given.slice(12) : given;
  return { address, text: formatAddress(address), port, isLocal: isLocal(address) };
}

/** Address and port as compact lists write them. */
export function endpointOf(address: Uint8Array, port: number): Uint8Array {
  const endpoint = new Uint8Array(address.length + 2);
  for (let index = 0; index < address.length; index++) endpoint[index] = address[index]!;
  endpoint[address.length] = port >> 8;
  endpoint[address.length + 1] = port & 0xff;
  return endpoint;
}

function isMapped(address: Uint8Array): boolean {
  if (address.length !== 16 || address[10] !== 0xff || address[11] !== 0xff) return false;
  return address.subarray(0, 10).every((byte) => byte === 0);
}

function isLocal(address: Uint8Array): boolean {
  const [first, second] = [address[0]!, address[1]!];
  if (address.length === 4) {
    if (first === 127 || first === 10) return true;
    return (
      (first === 192 && second === 168) || (first === 172 && second >> 4 === 1) || (first === 169 && second === 254)
    );
  }
  // Loopback, link-local (fe80::/10), unique local (fc00::/7).
  if (address.subarray(0, 15).every((byte) => byte === 0)) return address[15] === 1;
  return (first === 0xfe && second >> 6 === 2) || first >> 1 === 0x7e;
}
