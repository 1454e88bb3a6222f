import native from './index.cjs';

export const { loadNative } = native;
