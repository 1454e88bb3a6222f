import type { Floor } from '../transport.js';
import { floorBy } from './shared/floor.js';
import { installed } from './shared/version.js';

export const transport: Floor = floorBy(
  'ring-parked',
  "C++ over doorcall's own ring, asleep between two messages",
  installed('@doorcall/native'),
);
