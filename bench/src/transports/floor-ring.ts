import type { Floor } from '../transport.js';
import { floorBy } from './shared/floor.js';
import { installed } from './shared/version.js';

export const transport: Floor = floorBy(
  'ring',
  "C++ over doorcall's own ring, waiting as doorcall does",
  installed('@doorcall/native'),
);
