/** The whole number that an option's text stands for. @throws TypeError when it is none, or too small */
export function whole(text, name, least) {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least)
    throw new TypeError(`${name} takes a whole number from ${least} on`);
  return value;
}
