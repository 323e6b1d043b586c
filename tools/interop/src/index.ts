export { freePort, type Host, kill, LOOPBACK } from './host.js';
export { STRANGERS } from './strangers/index.js';
export type { Errand, Skill, Stranger } from './strangers/stranger.js';
