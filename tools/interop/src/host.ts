import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';

/**
 * Where a program runs: on this host's loopback, or on a host of its own, which is a network namespace with an address.
 * Some programs never dial 127.0.0.0/8, so only the second shows everything they do.
 */
export interface Host {
  readonly address: string;
  readonly address6: string;
  /** The namespace; `undefined` is where this process runs. */
  readonly namespace: string | undefined;
}

export const LOOPBACK: Host = { address: '127.0.0.1', address6: '::1', namespace: undefined };

/** What `scripts/hosts.ts` made before it started us: our own host first. */
export const HOSTS: readonly Host[] = JSON.parse(process.env['UNCHOKE_INTEROP_HOSTS'] ?? 'null') ?? [LOOPBACK];

export const OURS: Host = HOSTS[0]!;
export const isNetwork: boolean = HOSTS.length > 1;

/** What they print is of interest only when something does not work. */
const OUTPUT = process.env['UNCHOKE_INTEROP_OUTPUT'] === undefined ? 'ignore' : 'inherit';

let taken = 0;

/** Another host for another program, as far as there are others; then the first of them again. */
export function otherHost(): Host {
  return isNetwork ? HOSTS[1 + (taken++ % (HOSTS.length - 1))]! : OURS;
}

/** Starts a program on a host. It leads a process group of its own, so that its children end with it. */
export function startOn(
  host: Host,
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): ChildProcess {
  const [command, ...rest] = host.namespace === undefined ? [program, ...args] : inside(host.namespace, program, args);
  return spawn(command!, rest, { stdio: OUTPUT, detached: true, env });
}

/** Ends a program and its children at once. */
export async function kill(program: ChildProcess): Promise<void> {
  if (program.exitCode !== null || program.signalCode !== null || program.pid === undefined) return;
  const ended = new Promise((resolve) => program.once('exit', resolve));
  process.kill(-program.pid, 'SIGKILL');
  await ended;
}

/** A port that was free a moment ago. */
export async function freePort(address: string = OURS.address): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const { port } = server.address() as { readonly port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function inside(namespace: string, program: string, args: readonly string[]): readonly string[] {
  return ['ip', 'netns', 'exec', namespace, program, ...args];
}
