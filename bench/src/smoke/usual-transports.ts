/**
 * What a smoke run measures unless told otherwise: what its targets name, and one of each other kind. All of them would
 * not fit into its two minutes.
 */
export const usualTransports: readonly string[] = [
  'doorcall',
  'doorcall-gen',
  'doorcall-gen-sync',
  'doorcall-sync',
  'child-ipc-advanced',
  'grpc-js-tcp',
  'grpc-js-unix',
  'net-unix',
  'node-http-tcp',
  'undici-tcp',
];
