import { defineConfig } from '@doorcall/cli';

export default defineConfig({
  contracts: ['src/transports/shared/*.service.ts', 'src/streams/contract/*.service.ts'],
});
