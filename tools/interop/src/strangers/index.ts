import { aria2 } from './aria2.js';
import { libtorrent } from './libtorrent.js';
import { qbittorrent } from './qbittorrent.js';
import { rtorrent } from './rtorrent.js';
import type { Stranger } from './stranger.js';
import { transmission } from './transmission.js';
import { webtorrent } from './webtorrent.js';

export const STRANGERS: readonly Stranger[] = [transmission, aria2, libtorrent, rtorrent, qbittorrent, webtorrent];
