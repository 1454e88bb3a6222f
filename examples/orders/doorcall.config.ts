import { defineConfig } from '@doorcall/cli';

export default defineConfig({ contracts: ['src/contracts/{inventory,orders}.ts'] });
