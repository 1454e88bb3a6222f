import { debuglog } from 'node:util';

/** Details on stderr, with `NODE_DEBUG=doorcall`. */
export const debug = debuglog('doorcall');
