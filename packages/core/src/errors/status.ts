/**
 * The 16 canonical status codes of a failed call, and the one table that maps them: to gRPC's numbers (which
 * are also the numbers on the wire) and to HTTP.
 */

/** Code, gRPC number, HTTP status. The HTTP column is the mapping that gRPC gateways use. */
const TABLE = [
  ['CANCELLED', 1, 499],
  ['UNKNOWN', 2, 500],
  ['INVALID_ARGUMENT', 3, 400],
  ['DEADLINE_EXCEEDED', 4, 504],
  ['NOT_FOUND', 5, 404],
  ['ALREADY_EXISTS', 6, 409],
  ['PERMISSION_DENIED', 7, 403],
  ['RESOURCE_EXHAUSTED', 8, 429],
  ['FAILED_PRECONDITION', 9, 400],
  ['ABORTED', 10, 409],
  ['OUT_OF_RANGE', 11, 400],
  ['UNIMPLEMENTED', 12, 501],
  ['INTERNAL', 13, 500],
  ['UNAVAILABLE', 14, 503],
  ['DATA_LOSS', 15, 500],
  ['UNAUTHENTICATED', 16, 401],
] as const;

/** Why a call failed, in gRPC's words. A call that succeeds has no status code. */
export type StatusCode = (typeof TABLE)[number][0];

/** All status codes, in the order of their numbers. */
export const STATUS_CODES: readonly StatusCode[] = TABLE.map(([code]) => code);

const byCode = new Map<string, (typeof TABLE)[number]>(TABLE.map((row) => [row[0], row]));

/** HTTP statuses that mean more than one code: the one a client should see. */
const HTTP_TO_CODE: Readonly<Record<number, StatusCode>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  408: 'DEADLINE_EXCEEDED',
  409: 'ABORTED',
  412: 'FAILED_PRECONDITION',
  413: 'RESOURCE_EXHAUSTED',
  416: 'OUT_OF_RANGE',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

/** Whether a value is one of the 16 codes. */
export function isStatusCode(value: unknown): value is StatusCode {
  return typeof value === 'string' && byCode.has(value);
}

/** The number of a code, 1 to 16, as gRPC and doorcall's wire have it. */
export function statusNumber(code: StatusCode): number {
  return byCode.get(code)?.[1] ?? 2;
}

/** The code of a number; a number that is none (also 0, gRPC's OK) is `UNKNOWN`. */
export function statusFromNumber(number: number): StatusCode {
  return TABLE[number - 1]?.[0] ?? 'UNKNOWN';
}

/** The HTTP status that a gateway answers with. */
export function statusToHttp(code: StatusCode): number {
  return byCode.get(code)?.[2] ?? 500;
}

/** The code that stands for an HTTP status; one that is not in the table is `UNKNOWN`. */
export function statusFromHttp(status: number): StatusCode {
  return HTTP_TO_CODE[status] ?? 'UNKNOWN';
}
