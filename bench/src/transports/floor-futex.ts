import type { Floor } from '../transport.js';
import { floorBy } from './shared/floor.js';
import { linux } from './shared/version.js';

export const transport: Floor = floorBy(
  'futex',
  'C++ over a bare word in shared memory, asleep on a futex between two messages',
  linux,
);
