/**
 * One source text, twice, with every offset and line kept: `code` with comments and the insides of strings, templates
 * and regular expressions blanked, and `comments` with everything else blanked. Rules are then plain patterns that
 * cannot be fooled by a word in a string.
 */
export interface Masked {
  readonly code: string;
  readonly comments: string;
}

/** Before these, `/` opens a regular expression; after a name, a number or a closing bracket it divides. */
const REGEX_AFTER =
  /(^|[(,=:[!&|?{};+\-*%<>~^}]|\b(return|typeof|case|in|of|delete|void|throw|new|await|yield|else|do))$/;

export function mask(text: string): Masked {
  const code = [...blank(text)];
  const comments = [...blank(text)];
  /** For each open template, how many braces are open inside its `${`. */
  const templates: number[] = [];
  let i = 0;
  let significant = '';

  const keep = (length: number): void => {
    for (let n = 0; n < length; n++, i++) {
      const char = text[i] as string;
      code[i] = char;
      if (!/\s/.test(char)) significant = (significant + char).slice(-12);
      else if (/\w$/.test(significant)) significant = `${significant} `.slice(-12);
    }
  };
  const comment = (end: number): void => {
    for (; i < end; i++) comments[i] = text[i] as string;
  };
  /** Skips to the end of a string, template part or regular expression; the delimiters stay visible. */
  const skipTo = (end: number): void => {
    i = end;
    significant = 'x';
  };

  while (i < text.length) {
    const char = text[i] as string;
    if (text.startsWith('//', i)) comment(until(text, '\n', i));
    else if (text.startsWith('/*', i)) comment(Math.min(until(text, '*/', i + 2) + 2, text.length));
    else if (char === "'" || char === '"') {
      const end = stringEnd(text, i);
      keep(1);
      if (end < text.length) code[end] = char;
      skipTo(end + 1);
    } else if (char === '`' || (char === '}' && templates.at(-1) === 0)) {
      if (char === '}') templates.pop();
      const end = templatePartEnd(text, i + 1);
      keep(1);
      i = end;
      if (text.startsWith('${', end)) {
        templates.push(0);
        keep(2);
      } else if (end < text.length) {
        keep(1);
        significant = 'x';
      }
    } else if (char === '/' && REGEX_AFTER.test(significant.trimEnd())) {
      skipTo(regexEnd(text, i));
    } else {
      const open = templates.length - 1;
      if (open >= 0 && char === '{') templates[open] = (templates[open] as number) + 1;
      if (open >= 0 && char === '}') templates[open] = (templates[open] as number) - 1;
      keep(1);
    }
  }
  return { code: code.join(''), comments: comments.join('') };
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ');
}

function until(text: string, what: string, from: number): number {
  const found = text.indexOf(what, from);
  return found === -1 ? text.length : found;
}

function stringEnd(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length && text[i] !== text[start] && text[i] !== '\n') i += text[i] === '\\' ? 2 : 1;
  return i;
}

function templatePartEnd(text: string, start: number): number {
  let i = start;
  while (i < text.length && text[i] !== '`' && !text.startsWith('${', i)) i += text[i] === '\\' ? 2 : 1;
  return i;
}

function regexEnd(text: string, start: number): number {
  let inClass = false;
  let i = start + 1;
  for (; i < text.length && text[i] !== '\n' && (inClass || text[i] !== '/'); i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '[') inClass = true;
    else if (text[i] === ']') inClass = false;
  }
  while (/\w/.test(text[i + 1] ?? '')) i++;
  return i + 1;
}
