import { lookup } from 'node:dns/promises';
import { reachOf } from '../address-class.js';
import { TrackerError } from '../errors.js';
import { splitTrackerUrl } from '../tracker-url.js';
import type { UdpQuestion } from '../udp-client.js';
import type { UdpAnnounceReply, UdpScrapeReply } from '../udp-reply.js';
import { checkFamily, networkError } from './network-error.js';
import type { TrackerOptions } from './options.js';
import { UdpTransport } from './udp-transport.js';

/** Asks the tracker of a `udp:` URL; BEP 41 has its path and query go along. */
export async function askByUdp(
  url: string,
  question: (urlData: string) => UdpQuestion,
  options: TrackerOptions,
  signal: AbortSignal,
): Promise<{ readonly answer: UdpAnnounceReply | UdpScrapeReply; readonly trackerHost: string }> {
  const { authority, path, query } = splitTrackerUrl(url);
  const { hostname, port } = hostAndPort(authority);
  const host = await addressOf(hostname, options);
  if (reachOf(host.replace(/%.*$/, '')) === 'unusable') {
    throw new TrackerError('target-refused', `${host} is no address to connect to`);
  }
  // A name cannot be told to stop resolving; what comes too late opens no socket.
  signal.throwIfAborted();
  const udp = options.udp ?? new UdpTransport();
  try {
    return { answer: await udp.ask({ host, port }, question(escaped(path + query)), signal), trackerHost: host };
  } finally {
    if (options.udp === undefined) udp.close();
  }
}

/** As a browser would: other characters in their UTF-8 bytes. */
function escaped(urlData: string): string {
  return urlData.replace(/[^\0-\x7f]+/gu, (text) =>
    Buffer.from(text).toString('hex').toUpperCase().replace(/../g, '%$&'),
  );
}

function hostAndPort(authority: string): { readonly hostname: string; readonly port: number } {
  // The URL parser knows about brackets, punycode and the range of ports, but not about the default port of `udp:`: there is none.
  const url = URL.canParse(`http://${authority}`) ? new URL(`http://${authority}`) : undefined;
  const port = Number(url?.port === '' && /:80$/.test(authority) ? 80 : url?.port);
  if (url === undefined || port === 0) throw new TrackerError('bad-url', `udp://${authority} names no host and port`);
  return { hostname: url.hostname.replace(/^\[|\]$/g, ''), port };
}

async function addressOf(hostname: string, { family }: TrackerOptions): Promise<string> {
  checkFamily(hostname, family);
  try {
    return (await lookup(hostname, family === undefined ? {} : { family })).address;
  } catch (error) {
    throw networkError(error, hostname);
  }
}
