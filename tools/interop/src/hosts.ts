import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Host } from './host.js';

const COUNT = 7;
const SLOW_LINE = fileURLToPath(new URL('../native/slow-line.c', import.meta.url));
const SWITCH = `unchoke-switch-${process.pid}`;

/**
 * Hosts of their own on one switch, each a network namespace with an IPv4 and an IPv6 address. The switch is in a
 * namespace too, so nothing of it can be seen or reached from this machine's own network.
 */
export class Hosts {
  readonly list: readonly Host[];
  #line: ChildProcess | undefined;
  readonly #folders: string[] = [];

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

  /** Puts a slow and lossy line in the place of the switch; false, with a line, where this machine cannot. */
  async disturb(delayMs: number, lossPercent: number): Promise<boolean> {
    const program = join(mkdtempSync(join(tmpdir(), 'unchoke-interop-')), 'slow-line');
    this.#folders.push(dirname(program));
    const { status } = spawnSync('cc', ['-O2', '-o', program, SLOW_LINE], { stdio: 'ignore' });
    if (status !== 0) {
      console.log('skipped: latency and loss need a C compiler (cc)');
      return false;
    }
    const namespaces = this.list.map(({ namespace }) => `/run/netns/${namespace}`);
    const line = spawn(program, [`${delayMs}`, `${lossPercent}`, ...namespaces], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#line = line;
    if (!(await Promise.race([once(line.stdout, 'data').then(() => true), once(line, 'exit').then(() => false)]))) {
      console.log('skipped: latency and loss need a machine that lets us make tun devices');
      return false;
    }
    for (const host of this.list) {
      ip('-n', host.namespace!, 'link', 'delete', 'line');
      connect(host, 'slow');
    }
    return true;
  }

  remove(): void {
    this.#line?.kill('SIGKILL');
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true });
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
      connect(host, 'line');
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

function connect({ namespace, address, address6 }: Host, device: string): void {
  ip('-n', namespace!, 'address', 'add', `${address}/24`, 'dev', device);
  ip('-n', namespace!, 'address', 'add', `${address6}/64`, 'dev', device, 'nodad');
  ip('-n', namespace!, 'link', 'set', device, 'up');
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
