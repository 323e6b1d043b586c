/**
 * Whether a path below the folder matches a pattern. `*` and `?` stay within a name, `**` is any number of names. A pattern
 * without a slash is for the last name alone, in any folder.
 */
export function matchesGlob(names: readonly string[], pattern: string): boolean {
  const parts = pattern.replace(/^\/|\/$/g, '').split('/');
  if (parts.length === 1 && !pattern.startsWith('/')) return matchesName(names.at(-1) ?? '', parts[0]!);
  return matchesNames(names, parts);
}

/** The last `**` seen takes as many names as it must, one more each time what follows does not fit. */
function matchesNames(names: readonly string[], parts: readonly string[]): boolean {
  let part = 0;
  let retryPart = -1;
  let retryName = 0;
  for (let name = 0; name < names.length; ) {
    if (parts[part] === '**') {
      retryPart = ++part;
      retryName = name;
    } else if (part < parts.length && matchesName(names[name]!, parts[part]!)) {
      part++;
      name++;
    } else if (retryPart !== -1) {
      part = retryPart;
      name = ++retryName;
    } else return false;
  }
  while (parts[part] === '**') part++;
  return part === parts.length;
}

/** The same for `*` and characters. */
function matchesName(text: string, pattern: string): boolean {
  let at = 0;
  let retryAt = -1;
  let retryIndex = 0;
  for (let index = 0; index < text.length; ) {
    if (pattern[at] === '*') {
      retryAt = ++at;
      retryIndex = index;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[index])) {
      at++;
      index++;
    } else if (retryAt !== -1) {
      at = retryAt;
      index = ++retryIndex;
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}
