import { constants } from 'node:fs';
import { dirname } from 'node:path';
import type { FileFacts, FileSystem } from '../../src/node/index.js';

interface Node {
  readonly kind: 'file' | 'directory';
  bytes: Uint8Array;
  mtimeNs: bigint;
  /** What would be there after a power cut, if nothing else made it to the device. */
  kept: { readonly bytes: Uint8Array; readonly mtimeNs: bigint };
}

const SECTOR = 512;

/**
 * A disk in memory that forgets what was not synced: after a power cut every sector written since the last sync, every
 * length, time and name may be the old one or the new one, each for itself. A name is only sure when its directory was
 * synced. This is worse than real file systems are.
 */
export class PowerCutDisk implements FileSystem {
  /** Calls that still succeed before the power fails. */
  callsLeft = Number.POSITIVE_INFINITY;
  openCountPeak = 0;
  private names = new Map<string, Node>();
  private keptNames = new Map<string, Node>();
  private readonly descriptors = new Map<number, { readonly path: string; readonly node: Node }>();
  private nextDescriptor = 3;
  private clock = 1n;

  constructor() {
    this.names.set('/', this.newNode('directory'));
    this.keptNames = new Map(this.names);
  }

  /** The power comes back. */
  restart(randomBelow: (bound: number) => number): void {
    const survivors = new Map<string, Node>();
    for (const path of new Set([...this.names.keys(), ...this.keptNames.keys()])) {
      const [old, now] = [this.keptNames.get(path), this.names.get(path)];
      const node = old === now || randomBelow(2) === 0 ? now : old;
      if (node !== undefined && (path === '/' || survivors.has(dirname(path)))) survivors.set(path, node);
    }
    for (const node of new Set(survivors.values())) tear(node, randomBelow);
    this.names = survivors;
    this.keptNames = new Map(survivors);
    this.descriptors.clear();
    this.callsLeft = Number.POSITIVE_INFINITY;
  }

  get openCount(): number {
    return this.descriptors.size;
  }

  bytesAt(path: string): Uint8Array {
    return this.names.get(path)!.bytes;
  }

  /** Takes a file away for good. */
  drop(path: string): void {
    this.names.delete(path);
    this.keptNames.delete(path);
  }

  open(path: string, flags: number): number {
    this.use();
    let node = this.names.get(path);
    if (node === undefined && (flags & constants.O_CREAT) === 0) throw failure('ENOENT');
    if (node === undefined) {
      if (!this.names.has(dirname(path))) throw failure('ENOENT');
      node = this.newNode('file');
      this.names.set(path, node);
    } else if ((flags & constants.O_EXCL) !== 0) throw failure('EEXIST');
    if ((flags & constants.O_TRUNC) !== 0) this.change(node, new Uint8Array(0));
    this.descriptors.set(this.nextDescriptor, { path, node });
    this.openCountPeak = Math.max(this.openCountPeak, this.openCount);
    return this.nextDescriptor++;
  }

  close(descriptor: number): void {
    this.use();
    this.descriptors.delete(descriptor);
  }

  read(descriptor: number, into: Uint8Array, position: number): number {
    this.use();
    const bytes = this.nodeOf(descriptor).bytes.subarray(position, position + into.length);
    into.set(bytes);
    return bytes.length;
  }

  readEach(descriptor: number, into: readonly Uint8Array[], position: number): number {
    let count = 0;
    for (const bytes of into) count += this.read(descriptor, bytes, position + count);
    return count;
  }

  write(descriptor: number, from: Uint8Array, position: number): number {
    this.use();
    const node = this.nodeOf(descriptor);
    const bytes = new Uint8Array(Math.max(node.bytes.length, position + from.length));
    bytes.set(node.bytes);
    bytes.set(from, position);
    this.change(node, bytes);
    return from.length;
  }

  truncate(descriptor: number, length: number): void {
    this.use();
    const node = this.nodeOf(descriptor);
    const bytes = new Uint8Array(length);
    bytes.set(node.bytes.subarray(0, length));
    this.change(node, bytes);
  }

  facts(descriptor: number): FileFacts {
    this.use();
    return factsOf(this.nodeOf(descriptor));
  }

  look(path: string): FileFacts | undefined {
    this.use();
    const node = this.names.get(path);
    return node && factsOf(node);
  }

  realpath(path: string): string {
    this.use();
    if (!this.names.has(path)) throw failure('ENOENT');
    return path;
  }

  makeDirectory(path: string): void {
    this.use();
    if (this.names.has(path)) throw failure('EEXIST');
    this.names.set(path, this.newNode('directory'));
  }

  rename(from: string, to: string): void {
    this.use();
    const node = this.names.get(from);
    if (node === undefined) throw failure('ENOENT');
    this.names.delete(from);
    this.names.set(to, node);
  }

  remove(path: string): void {
    this.use();
    if (!this.names.delete(path)) throw failure('ENOENT');
  }

  freeBytes(): number {
    this.use();
    return Number.MAX_SAFE_INTEGER;
  }

  async sync(descriptor: number): Promise<void> {
    this.use();
    const { node, path } = this.descriptors.get(descriptor)!;
    node.kept = { bytes: node.bytes, mtimeNs: node.mtimeNs };
    if (node.kind !== 'directory') return;
    for (const name of new Set([...this.names.keys(), ...this.keptNames.keys()])) {
      if (dirname(name) !== path) continue;
      const now = this.names.get(name);
      if (now === undefined) this.keptNames.delete(name);
      else this.keptNames.set(name, now);
    }
  }

  private use(): void {
    if (this.callsLeft-- <= 0) throw failure('EIO');
  }

  private nodeOf(descriptor: number): Node {
    return this.descriptors.get(descriptor)!.node;
  }

  private change(node: Node, bytes: Uint8Array): void {
    node.bytes = bytes;
    node.mtimeNs = this.clock++;
  }

  private newNode(kind: Node['kind']): Node {
    const bytes = new Uint8Array(0);
    const mtimeNs = this.clock++;
    return { kind, bytes, mtimeNs, kept: { bytes, mtimeNs } };
  }
}

/** Each sector, the length and the time are the old or the new ones. */
function tear(node: Node, randomBelow: (bound: number) => number): void {
  const { kept } = node;
  const length = randomBelow(2) === 0 ? node.bytes.length : kept.bytes.length;
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += SECTOR) {
    const source = randomBelow(2) === 0 ? node.bytes : kept.bytes;
    bytes.set(source.subarray(at, Math.min(at + SECTOR, length)), at);
  }
  node.bytes = bytes;
  node.mtimeNs = randomBelow(2) === 0 ? node.mtimeNs : kept.mtimeNs;
  node.kept = { bytes, mtimeNs: node.mtimeNs };
}

function factsOf({ kind, bytes, mtimeNs }: Node): FileFacts {
  return { kind, size: bytes.length, mtimeNs, allocated: bytes.length };
}

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}
