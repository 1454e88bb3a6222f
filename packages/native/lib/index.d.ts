import type { NativeAddon } from './addon.js';

export type * from './addon.js';

/**
 * The compiled addon, loaded at the first call and kept.
 *
 * @throws Error in one sentence that names what is missing, on any platform other than Linux x64 and arm64, when no
 * binary fits the C library of this machine, or when its kernel or sandbox does not give what connections are made of.
 */
export function loadNative(): NativeAddon;
