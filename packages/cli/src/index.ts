/** What `doorcall.config.ts` needs. */
export { type Config, defineConfig, type ImportExtension } from '@doorcall/codegen';
