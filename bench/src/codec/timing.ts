/** How long what is run. */

/**
 * For each payload, after all of them have been checked. Enough for the optimising compiler to have finished with the
 * slowest one; the payloads are warmed up one after the other, so that code that they share has seen all of them.
 */
export const warmUpMs = 200;
/** Before each turn: caches and branch predictors find their way back. */
export const settleMs = 5;
/** A turn's window; it contains several collections of the young generation for whoever makes garbage. */
export const roundTripMs = 30;
/** A turn's window for encoding alone. */
export const encodeMs = 10;
/** Turns of each contestant, for each payload of a round. */
export const turns = 4;
/** A step that takes longer hangs. */
export const stepSeconds = 20;
