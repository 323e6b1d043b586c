import { counts, type Look, type Reporter } from './report.js';

/** Annotations of GitHub Actions: an error for what counts, a warning for what does not. */
export function githubReporter(write: (text: string) => void, { strict }: Look): Reporter {
  return {
    result: (result) => {
      const { case: one, verdict } = result;
      if (verdict.type === 'pass' || verdict.type === 'not-applicable') return;
      const kind = counts(result, strict) ? 'error' : 'warning';
      const text = `${one.level}: ${one.rule} (${one.section}). Instead: ${verdict.why}`;
      write(`::${kind} title=${property(one.id)}::${data(text)}\n`);
    },
    end: ({ fixed }) => {
      for (const id of fixed) write(`::notice title=${property(id)}::passes now: take it off the list\n`);
    },
  };
}

/** https://github.com/actions/toolkit: what the runner wants escaped. */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
