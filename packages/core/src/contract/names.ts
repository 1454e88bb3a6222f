/** Whether a service name may be used, by type. */
export type CheckServiceName<Name extends string> = Name extends '' ? 'a service name is not empty' : unknown;

/** Refuses reserved method names, by type. */
export type CheckMethodNames<Specs> = { readonly [Name in keyof Specs]: unknown };
