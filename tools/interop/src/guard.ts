import { spawnSync } from 'node:child_process';

const END_WITH_PARENT = ['setpriv', '--pdeathsig', 'KILL'];
/** Processes in a namespace of their own end with its first, whatever they did to their sessions, groups and users. */
const OWN_PROCESSES = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];

/**
 * What to put before a command, so that it and all that it ever starts end with us, even when we are killed and can do
 * nothing for it any more. Empty, with a line that says so, where this machine does not let us.
 */
export function guard(): readonly string[] {
  const prefix = [...END_WITH_PARENT, ...OWN_PROCESSES];
  const { status } = spawnSync(prefix[0]!, [...prefix.slice(1), 'true'], { stdio: 'ignore' });
  if (status === 0) return prefix;
  console.log('skipped: that programs end with a killed run takes root, Linux and util-linux (setpriv, unshare)');
  return [];
}
