import { defineConfig } from '@doorcall/cli';

export default defineConfig({ contracts: ['src/bulk-import.ts'] });
