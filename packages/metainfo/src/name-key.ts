const NOT_ASCII = /\P{ASCII}/u;
const IGNORED = /\p{Default_Ignorable_Code_Point}/gu;

/**
 * Names with the same key can be one name on some disk: by case (Windows, macOS), by normal form (HFS+, APFS, ZFS in all
 * four), or because the file system skips characters nobody sees (HFS+). Rather too many names share a key than too few.
 */
export function nameKey(name: string): string {
  if (!NOT_ASCII.test(name)) return name.toLowerCase();
  return folded(folded(name.replace(IGNORED, '')));
}

// Upper case first: it joins ß with ss and ſ with s. Cased forms can have a normal form of their own, hence twice.
function folded(name: string): string {
  return name.normalize('NFKD').toUpperCase().toLowerCase().normalize('NFKD');
}
