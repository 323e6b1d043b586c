import { lookup as dnsLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { type AddressReach, reachOf } from '../address-class.js';
import { TrackerError } from '../errors.js';

/** What the protocol's own requests say; anything else in a query was put there by whoever wrote the URL. */
const PROTOCOL_PARAMETERS: ReadonlySet<string> = new Set(
  'info_hash peer_id port uploaded downloaded left event numwant key compact no_peer_id supportcrypto requirecrypto trackerid ip ipv4 ipv6'.split(
    ' ',
  ),
);

/** Where a redirect came from, if it was one. */
export type Origin = 'global' | 'local' | undefined;

/**
 * Whether a URL may lead to an address. Everywhere on the Internet; on this machine and in this network only what a tracker
 * would be asked, and never because somebody out there sent us: else a torrent file, or a redirect, could make us press
 * buttons on the router.
 */
export class TargetRule {
  readonly #allowLocal: boolean;
  readonly #isTrackerRequest: boolean;
  readonly #origin: Origin;

  constructor(url: URL, origin: Origin, allowLocal: boolean) {
    this.#allowLocal = allowLocal;
    this.#origin = origin;
    const page = url.pathname.slice(url.pathname.lastIndexOf('/') + 1);
    const isTrackerPage = page.startsWith('announce') || page.startsWith('scrape');
    this.#isTrackerRequest = isTrackerPage && parameterNames(url).every((name) => PROTOCOL_PARAMETERS.has(name));
  }

  /** Why not, or `undefined`. */
  problemWith(address: string): string | undefined {
    const reach = reachOf(withoutZone(address));
    if (reach === 'global') return undefined;
    if (reach === undefined || reach === 'unusable') return `${address} is no address to connect to`;
    if (this.#allowLocal) return undefined;
    if (this.#origin === 'global') return `a redirect from the Internet to ${address} in this network is not followed`;
    if (this.#isTrackerRequest) return undefined;
    return (
      `${address} is in this network, and there only a path ending in "announce" or "scrape" without foreign parameters ` +
      'is asked; allow it with allowLocalTargets if the tracker is yours'
    );
  }

  /** Resolves names like Node, but hands out only addresses that pass: what was checked is what is connected to. */
  get lookup(): LookupFunction {
    return (hostname, options, callback) => {
      dnsLookup(hostname, { ...(options as LookupOptions), all: true }, (error, addresses) => {
        if (error !== null) return callback(error, '', 0);
        const passed = addresses.filter(({ address }) => this.problemWith(address) === undefined);
        const first = passed[0];
        if (first === undefined) return callback(this.#refusal(addresses), '', 0);
        if ((options as LookupOptions).all === true) return callback(null, passed);
        return callback(null, first.address, first.family);
      });
    };
  }

  /** For hosts that are addresses, which nobody looks up. */
  checkLiteral(url: URL): void {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const problem = isIP(host) === 0 ? undefined : this.problemWith(host);
    if (problem !== undefined) throw new TrackerError('target-refused', problem);
  }

  #refusal(addresses: readonly LookupAddress[]): TrackerError {
    return new TrackerError('target-refused', this.problemWith(addresses[0]?.address ?? '') ?? 'no address');
  }
}

/** Near enough for a redirect's rule: local is what may not be reached from afar. */
export function originOf(address: string | undefined): Origin {
  const reach: AddressReach | undefined = address === undefined ? undefined : reachOf(withoutZone(address));
  return reach === 'private' || reach === 'loopback' ? 'local' : 'global';
}

function parameterNames(url: URL): readonly string[] {
  const parameters = url.search.slice(1).split('&');
  return parameters.filter((parameter) => parameter !== '').map((parameter) => parameter.replace(/=.*$/s, ''));
}

function withoutZone(address: string): string {
  return address.replace(/%.*$/, '');
}
