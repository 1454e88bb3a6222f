import type { Transport } from '../../transport.js';
import { spinningThreads } from '../shared/spinning-threads.js';

export const transport: Transport = spinningThreads('blocking');
