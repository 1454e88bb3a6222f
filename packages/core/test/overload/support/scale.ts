/** The long form of these tests: `npm run test:overload -- --long`, `npm run test:leaks -- --long`. */
export const LONG = process.env.DOORCALL_LONG === '1';

/** A count of the short form, or that of the long one. */
export const scaled = (short: number, long: number): number => (LONG ? long : short);
