const PROTOTYPES = [Object, Array, Map, Set, Date, String, Number, Function].map(
  (each) => each.prototype as object,
);

/** Everything that is on the prototypes of the language now, as one text. */
export function prototypesNow(): string {
  return PROTOTYPES.map((prototype) => Reflect.ownKeys(prototype).map(String).join()).join(' ');
}
