import type { Floor } from '../transport.js';
import { floorBy } from './shared/floor.js';
import { linux } from './shared/version.js';

export const transport: Floor = floorBy(
  'unix-socket',
  'C++ over a pair of Unix sockets (SOCK_STREAM)',
  linux,
);
