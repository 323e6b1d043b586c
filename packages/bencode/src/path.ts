/** A step from a value to one inside it: a key of a dictionary, or an index of a list. */
export type Step = string | number;

/** Keys are shown up to here: a path is read by people, and a stranger chooses the keys. */
const KEY_CHARACTERS_SHOWN = 40;

/** Of a longer way only the beginning and the end are shown. */
const STEPS_SHOWN = 16;

/** The way from the top to a value, as people write it: `info.files[3].length`. */
export function formatPath(steps: readonly Step[]): string {
  if (steps.length > STEPS_SHOWN) {
    return `${formatPath(steps.slice(0, STEPS_SHOWN / 2))}…${formatPath(steps.slice(-STEPS_SHOWN / 2))}`;
  }
  let path = '';
  for (const step of steps) path += formatStep(step, path === '');
  return path;
}

function formatStep(step: Step, isFirst: boolean): string {
  if (typeof step === 'number') return `[${step}]`;
  const shown = step.length > KEY_CHARACTERS_SHOWN ? `${step.slice(0, KEY_CHARACTERS_SHOWN)}…` : step;
  if (/^[\w -]+…?$/.test(shown)) return isFirst ? shown : `.${shown}`;
  return `["${shown.replace(/[^ !#-[\]-~…]/g, escapeCharacter)}"]`;
}

function escapeCharacter(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
