/** Ends the script with one sentence: whoever reads it has to act on it, a stack trace would hide that. */
export function fail(sentence) {
  console.error(`doorcall: ${sentence}`);
  process.exit(1);
}
