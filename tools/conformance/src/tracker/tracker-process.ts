import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { notStarted } from '../errors.js';
import { START_MS } from './limits.js';
import type { TrackerAddress, TrackerSubject } from './subject.js';
import { connectRequest } from './udp/udp-tracker.js';

const ASK_AGAIN_MS = 200;
/** A port that nobody listens on is told at once; so long only waits who is asked across a firewall. */
const ASK_ONCE_MS = 10_000;

/** A tracker that answers, started for the purpose or found running. */
export class StartedTracker {
  /** Without the protocols that it does not speak. */
  readonly reachable: TrackerSubject;
  readonly #child: ChildProcess | undefined;

  private constructor(reachable: TrackerSubject, child: ChildProcess | undefined) {
    this.reachable = reachable;
    this.#child = child;
  }

  static async start(command: string | undefined, subject: TrackerSubject): Promise<StartedTracker> {
    if (command !== undefined && ((await speaksHttp(subject.http)) || (await speaksUdp(subject.udp)))) {
      notStarted(`somebody answers at ${subject.name} already`);
    }
    // A group of its own, so that what the shell started ends with it.
    const child = command === undefined ? undefined : spawn(command, { shell: true, detached: true, stdio: 'ignore' });
    let ended = false;
    child?.on('close', () => {
      ended = true;
    });
    const giveUpMs = performance.now() + START_MS;
    for (;;) {
      const [http, udp] = await Promise.all([speaksHttp(subject.http), speaksUdp(subject.udp)]);
      if (http || udp) {
        const { name, known } = subject;
        const reachable = {
          name,
          ...(http ? { http: subject.http! } : {}),
          ...(udp ? { udp: subject.udp! } : {}),
          ...(known === undefined ? {} : { known }),
        };
        return new StartedTracker(reachable, child);
      }
      if (child === undefined || ended || performance.now() > giveUpMs) {
        end(child);
        notStarted(ended ? 'the command ended before it answered' : `nobody answers at ${subject.name}`);
      }
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
    }
  }

  async close(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const closed = new Promise((resolve) => child.once('close', resolve));
    end(child);
    await closed;
  }
}

function end(child: ChildProcess | undefined): void {
  if (child?.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

function speaksHttp(address: TrackerAddress | undefined): Promise<boolean> {
  if (address === undefined) return Promise.resolve(false);
  return new Promise((resolve) => {
    const socket = connect(address.port, address.host, () => finish(true));
    const finish = (isOpen: boolean): void => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.on('error', () => finish(false));
  });
}

function speaksUdp(address: TrackerAddress | undefined): Promise<boolean> {
  if (address === undefined) return Promise.resolve(false);
  return new Promise((resolve) => {
    const socket = createSocket(address.host.includes(':') ? 'udp6' : 'udp4');
    const timer = setTimeout(() => finish(false), ASK_ONCE_MS);
    const finish = (isOpen: boolean): void => {
      clearTimeout(timer);
      socket.close();
      resolve(isOpen);
    };
    socket.once('message', () => finish(true));
    socket.once('error', () => finish(false));
    socket.connect(address.port, address.host, () => socket.send(connectRequest(1)));
  });
}
