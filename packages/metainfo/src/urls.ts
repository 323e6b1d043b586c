import { LIMITS } from './limits.js';

/** What a tracker can be reached by: HTTP(S) (BEP 3), UDP (BEP 15), WebSocket (WebTorrent). */
const TRACKER = /^(?:https?|udp|wss?):\/\/[^\s/?#]/i;
/** What a web seed can be reached by. */
const WEB_SEED = /^(?:https?|ftp):\/\/[^\s/?#]/i;
const FORBIDDEN = /[\p{Cc} ]/u;

/** The same in one go, for the URLs nearly all trackers have: visible ASCII throughout. */
const PLAIN_TRACKER = /^(?:https?|udp|wss?):\/\/[!"$-.0->@-~][!-~]*$/;

/** The URL of a tracker without white space around it, if it is one. */
export function trackerUrl(text: string): string | undefined {
  if (PLAIN_TRACKER.test(text) && text.length <= LIMITS.urlBytesMax) return text;
  return checked(text, TRACKER);
}

/** The URL of a web seed; spaces inside, which some programs write, are escaped. */
export function webSeedUrl(text: string): string | undefined {
  return checked(text.trim().replaceAll(' ', '%20'), WEB_SEED);
}

function checked(text: string, pattern: RegExp): string | undefined {
  if (text.length > LIMITS.urlBytesMax) return undefined;
  const url = text.trim();
  return pattern.test(url) && !FORBIDDEN.test(url) ? url : undefined;
}
