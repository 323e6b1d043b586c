import type { Json, PlacesExpected } from './vector.js';

const NAME_BYTES_MAX = 255;
const DEVICE = /^(con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³]) *(\.|$)/i;
/** Control and format characters, joiners aside; separators of lines and paragraphs. */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/u;

/** Which of these places is not below the chosen folder. */
export function outsideProblem(value: Json): string | undefined {
  if (!isPlaces(value)) return 'expected a list of places, each a list of names';
  return value.map((place) => placeProblem(place, nameProblem)).find((problem) => problem !== undefined);
}

/** What is wrong with the places of a torrent’s files on disk, each a list of names below the chosen folder. */
export function placesProblem(expected: PlacesExpected, value: Json): string | undefined {
  if (!isPlaces(value)) return 'expected a list of places, each a list of names';
  if (value.length !== expected.places) return `expected ${expected.places} places, got ${value.length}`;
  const isPortable = expected.portable === true;
  const inName = (name: string): string | undefined =>
    nameProblem(name) ?? (isPortable ? portableProblem(name) : undefined);
  const problem = value.map((place) => placeProblem(place, inName)).find((found) => found !== undefined);
  if (problem !== undefined) return problem;
  const folds = isPortable ? FOLDS : [(text: string): string => text];
  return folds.map((fold) => sharedPlace(value, fold)).find((found) => found !== undefined);
}

function placeProblem(place: readonly string[], inName: (name: string) => string | undefined): string | undefined {
  if (place.length === 0) return 'a place without a name is the chosen folder itself';
  const problem = place.map(inName).find((found) => found !== undefined);
  return problem === undefined ? undefined : `${JSON.stringify(place)}: ${problem}`;
}

function nameProblem(name: string): string | undefined {
  if (name === '') return 'an empty name';
  if (name === '.' || name === '..') return `${name} is another folder`;
  if (name.includes('/')) return `${JSON.stringify(name)} holds a separator`;
  if (name.includes('\0')) return `${JSON.stringify(name)} holds a NUL`;
  const bytes = byteLength(name);
  return bytes > NAME_BYTES_MAX ? `a name of ${bytes} bytes, more than ${NAME_BYTES_MAX}` : undefined;
}

function portableProblem(name: string): string | undefined {
  const shown = JSON.stringify(name);
  if (/[\\<>:"|?*]/.test(name)) return `${shown} holds a character that Windows reads as something else`;
  if (/[. ]$/.test(name)) return `${shown} ends with a dot or a space, which Windows drops`;
  if (DEVICE.test(name)) return `${shown} is a device on Windows`;
  return UNSEEN.test(name) ? `${shown} holds characters that hide what it is` : undefined;
}

/** Bytes that are no UTF-8 come as lone surrogates U+DC80 … U+DCFF, one for each. */
function byteLength(name: string): number {
  const escaped = name.match(/(?<![\ud800-\udbff])[\udc80-\udcff]/g)?.length ?? 0;
  return Buffer.byteLength(name) - 2 * escaped;
}

/** How disks merge names: not at all, by case, by normal form, by both. */
const FOLDS: readonly ((path: string) => string)[] = [
  (path) => path.normalize('NFC').toLowerCase(),
  (path) => path.normalize('NFD').toLowerCase(),
  (path) => path.toUpperCase().normalize('NFC'),
];

function sharedPlace(places: readonly (readonly string[])[], fold: (path: string) => string): string | undefined {
  const files = new Map<string, string>();
  for (const place of places) {
    const shown = place.join('/');
    const folded = fold(shown);
    const other = files.get(folded);
    if (other !== undefined) return `${JSON.stringify(other)} and ${JSON.stringify(shown)} are one file`;
    files.set(folded, shown);
  }
  for (const [folded, shown] of files) {
    for (let at = folded.indexOf('/'); at !== -1; at = folded.indexOf('/', at + 1)) {
      const other = files.get(folded.slice(0, at));
      if (other !== undefined) return `${JSON.stringify(other)} is a file, and a folder for ${JSON.stringify(shown)}`;
    }
  }
  return undefined;
}

function isPlaces(value: Json): value is readonly (readonly string[])[] {
  return (
    Array.isArray(value) &&
    value.every((place: Json) => Array.isArray(place) && place.every((name: Json) => typeof name === 'string'))
  );
}
