import { defineConfig } from '@doorcall/cli';

export default defineConfig({ contracts: ['src/live-orders.ts'] });
