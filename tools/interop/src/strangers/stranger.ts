import type { ChildProcess } from 'node:child_process';
import type { Host } from '../host.js';

/** What a program of other people is asked to do: have this torrent, in this folder. What is there already it keeps and serves. */
export interface Errand {
  readonly host: Host;
  readonly port: number;
  /** The address of the host that it shall use: IPv4 or IPv6. */
  readonly address: string;
  readonly torrent: { readonly path: string; readonly magnet?: string };
  readonly folder: string;
  /** For its own settings and notes. */
  readonly scratch: string;
}

export type Skill = 'dial-loopback' | 'IPv6' | 'udp-tracker' | 'udp-tracker-over-IPv6' | 'v2' | 'hybrid';

/** A BitTorrent program of other people. */
export interface Stranger {
  readonly name: string;
  readonly isInstalled: boolean;
  /** The peer id that it shows begins so. */
  readonly peerIdPrefix: string;
  /** What it does not do, as it was seen: these pairs are left out, with a line. */
  readonly cannot: readonly Skill[];
  start(errand: Errand): Promise<ChildProcess>;
}

/** Whether a program does all of this; when it does not, says so. */
export function can(stranger: Stranger, what: string, ...skills: readonly Skill[]): boolean {
  const missing = stranger.cannot.filter((skill) => skills.includes(skill));
  if (missing.length > 0) console.log(`skipped: ${what}: ${stranger.name} has no ${missing.join(', ')}`);
  return stranger.isInstalled && missing.length === 0;
}
