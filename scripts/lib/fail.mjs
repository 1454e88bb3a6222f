/** Exit codes of the root scripts: 1 is a red result. */
export const WRONG_USE = 2;
export const INTERRUPTED = 130;

/** Ends the script with one sentence: whoever reads it has to act on it, a stack trace would hide that. */
export function fail(sentence, code = 1) {
  console.error(`doorcall: ${sentence}`);
  process.exit(code);
}

/** The same, for what has shown nothing: wrong options, or something that has to be installed first. */
export function refuse(sentence) {
  fail(sentence, WRONG_USE);
}
