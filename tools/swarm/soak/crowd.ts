import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const HOST = '127.0.0.1';

/** What the process of a crowd is told: `honest` is no behaviour. */
export interface CrowdOrder {
  /** As `randomTorrent` takes it. */
  readonly content: string;
  readonly pieceLength: number;
  readonly isPrivate?: boolean;
  readonly behaviours: readonly string[];
  /** Leeches dial this. */
  readonly us?: { readonly host: string; readonly port: number };
}

export interface Crowd {
  readonly peers: readonly { readonly host: string; readonly port: number }[];
  close(): void;
}

/** Mock peers in a process of their own. */
export async function startCrowd(order: CrowdOrder): Promise<Crowd> {
  const child = forkSource('./crowd-process.ts');
  const ports = await new Promise<readonly number[]>((resolve, reject) => {
    child.once('message', (message) => resolve(message as readonly number[]));
    child.once('exit', (code) => reject(new Error(`the crowd ended with ${code}`)));
    child.send(order);
  });
  child.removeAllListeners('exit');
  return { peers: ports.map((port) => ({ host: HOST, port })), close: () => void child.kill('SIGKILL') };
}

/** A script of this folder, as it stands. */
export function forkSource(script: string, args: readonly string[] = []): ReturnType<typeof fork> {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  return fork(fileURLToPath(new URL(script, import.meta.url)), args, {
    execArgv: ['--conditions=@unchoke/source', '--import', tsx],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
}
