import { execFileSync, spawnSync } from 'node:child_process';
import type { Host } from './host.js';

const COUNT = 7;
const SWITCH = `unchoke-switch-${process.pid}`;

/**
 * Hosts of their own on one switch, each a network namespace with an IPv4 and an IPv6 address. The switch is in a
 * namespace too, so nothing of it can be seen or reached from this machine's own network.
 */
export class Hosts {
  readonly list: readonly Host[];

  private constructor(list: readonly Host[]) {
    this.list = list;
  }

  /** `undefined`, with a line that says why, where this machine does not let us. */
  static make(): Hosts | undefined {
    removeForgotten();
    const hosts = new Hosts(Array.from({ length: COUNT }, (_, index) => hostAt(index + 1)));
    try {
      hosts.#make();
      return hosts;
    } catch (error) {
      hosts.remove();
      const why = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
      console.log(`skipped: hosts of their own need root, iproute2 and network namespaces (${why})`);
      return undefined;
    }
  }

  /** Makes every line slow and lossy; false, with a line, where this kernel cannot. */
  disturb(delayMs: number, lossPercent: number): boolean {
    for (const { namespace } of this.list) {
      const netem = ['netem', 'delay', `${delayMs}ms`, 'loss', `${lossPercent}%`];
      const args = ['netns', 'exec', namespace!, 'tc', 'qdisc', 'replace', 'dev', 'line', 'root', ...netem];
      const { status, stderr } = spawnSync('ip', args, { encoding: 'utf8' });
      if (status === 0) continue;
      console.log(`skipped: latency and loss need tc and the netem module of Linux (${stderr?.trim()})`);
      return false;
    }
    return true;
  }

  remove(): void {
    for (const namespace of [...this.list.map((host) => host.namespace!), SWITCH]) {
      spawnSync('ip', ['netns', 'delete', namespace], { stdio: 'ignore' });
    }
  }

  #make(): void {
    ip('netns', 'add', SWITCH);
    ip('-n', SWITCH, 'link', 'add', 'switch', 'type', 'bridge');
    ip('-n', SWITCH, 'link', 'set', 'switch', 'up');
    this.list.forEach((host, index) => {
      const { namespace } = host;
      ip('netns', 'add', namespace!);
      ip('-n', namespace!, 'link', 'set', 'lo', 'up');
      ip('-n', namespace!, 'link', 'add', 'line', 'type', 'veth', 'peer', 'name', `host${index}`, 'netns', SWITCH);
      ip('-n', SWITCH, 'link', 'set', `host${index}`, 'master', 'switch', 'up');
      ip('-n', namespace!, 'address', 'add', `${host.address}/24`, 'dev', 'line');
      ip('-n', namespace!, 'address', 'add', `${host.address6}/64`, 'dev', 'line', 'nodad');
      ip('-n', namespace!, 'link', 'set', 'line', 'up');
    });
  }
}

/** What a run that was killed left behind. */
function removeForgotten(): void {
  const { stdout = '' } = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' });
  for (const [namespace, owner] of (stdout ?? '').matchAll(/^unchoke-(?:switch-)?(\d+)[-\d]*/gm)) {
    if (!isAlive(Number(owner))) spawnSync('ip', ['netns', 'delete', namespace], { stdio: 'ignore' });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function hostAt(number: number): Host {
  return {
    address: `10.77.0.${number}`,
    address6: `fd77::${number}`,
    namespace: `unchoke-${process.pid}-${number}`,
  };
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
