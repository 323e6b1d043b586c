import type { SourceFile } from './tree.js';

/** One folder of `packages/` (published, pure) or `tools/`. */
export interface Workspace {
  readonly folder: string;
  readonly name: string;
  readonly isPackage: boolean;
  readonly manifest: Manifest;
  readonly files: readonly SourceFile[];
}

export interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly private?: boolean;
  readonly description?: string;
  readonly keywords?: readonly string[];
  readonly license?: string;
  readonly type?: string;
  readonly sideEffects?: boolean;
  readonly engines?: Readonly<Record<string, string>>;
  readonly files?: readonly string[];
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export function workspacesOf(tree: readonly SourceFile[]): readonly Workspace[] {
  return tree
    .filter(({ path }) => /^(packages|tools)\/[^/]+\/package\.json$/.test(path))
    .map(({ path, text }) => {
      const folder = path.slice(0, -'/package.json'.length);
      return {
        folder,
        name: folder.slice(folder.indexOf('/') + 1),
        isPackage: folder.startsWith('packages/'),
        manifest: JSON.parse(text) as Manifest,
        files: tree.filter((file) => file.path.startsWith(`${folder}/`)),
      };
    });
}

/** The pure part: what a package's root export is made of. Tools are edges through and through. */
export function isCore(path: string): boolean {
  return /^packages\/[^/]+\/src\/(?!node\/)/.test(path);
}

/** Line of a key in a manifest, for messages that point somewhere. */
export function lineOfKey(files: readonly SourceFile[], path: string, key: string): number {
  const text = files.find((file) => file.path === path)?.text ?? '';
  const index = text.split('\n').findIndex((line) => line.includes(`"${key}"`));
  return index === -1 ? 1 : index + 1;
}
