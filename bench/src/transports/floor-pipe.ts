import type { Floor } from '../transport.js';
import { floorBy } from './shared/floor.js';
import { linux } from './shared/version.js';

export const transport: Floor = floorBy('pipe', 'C++ over two pipes', linux);
