/** What operating systems leave in folders: nobody means to share these. */
const JUNK: ReadonlySet<string> = new Set([
  '.DS_Store',
  '.AppleDouble',
  '.LSOverride',
  '.Spotlight-V100',
  '.TemporaryItems',
  '.Trashes',
  '.fseventsd',
  '.apdisk',
  'Icon\r',
  'Thumbs.db',
  'Thumbs.db:encryptable',
  'ehthumbs.db',
  'ehthumbs_vista.db',
  'desktop.ini',
  'Desktop.ini',
  '$RECYCLE.BIN',
  'System Volume Information',
  '@eaDir',
  '.directory',
  'lost+found',
]);

/** Whether a name is one of those, or the second half that macOS gives a file on foreign disks (`._name`). */
export function isJunk(name: string): boolean {
  return JUNK.has(name) || name.startsWith('._');
}
