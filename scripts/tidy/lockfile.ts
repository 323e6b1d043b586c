import type { Finding } from './finding.js';

const RULE = 'lockfile';

/** The part of package-lock.json (version 3) that the rule reads. */
export interface Lockfile {
  readonly packages: Readonly<
    Record<
      string,
      {
        readonly dev?: boolean;
        readonly devOptional?: boolean;
        readonly link?: boolean;
        readonly resolved?: string;
        readonly hasInstallScript?: boolean;
      }
    >
  >;
}

/**
 * Nothing that reaches a user may run code while it is being installed. Our own tools may carry such a script only
 * when `allowScripts` in the root manifest says that they work without it.
 */
export function lockfile(lock: Lockfile, allowScripts: Readonly<Record<string, boolean>>): readonly Finding[] {
  const found: Finding[] = [];
  for (const [path, entry] of Object.entries(lock.packages)) {
    const add = (message: string): void => {
      found.push({ path: 'package-lock.json', line: 1, rule: RULE, message: `${path}: ${message}` });
    };
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const isOurs = !path.includes('node_modules/') || entry.link === true;
    if (!isOurs && entry.resolved?.startsWith('https://registry.npmjs.org/') === false) {
      add('comes from another place than the npm registry; nothing else may be needed to install');
    }
    if (entry.hasInstallScript !== true) continue;
    if (entry.dev !== true && entry.devOptional !== true) {
      add('has an install script and is part of what users install; choose a dependency without one');
    } else if (allowScripts[name] !== false) {
      add(`has an install script; say "${name}": false under "allowScripts" in package.json, if it works without`);
    }
  }
  return found;
}
