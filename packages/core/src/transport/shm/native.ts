import { loadNative, type NativeAddon } from '@doorcall/native';
import { RpcError } from '../../errors/rpc-error.js';

/** The addon, and views of the memory that it shares with this thread, made once. */
export interface Environment {
  readonly addon: NativeAddon;
  readonly batchWords: Uint32Array;
  readonly batchBytes: Uint8Array;
  readonly syncResult: Uint32Array;
  readonly syncBytes: Uint8Array;
}

let environment: Environment | undefined;

/**
 * This thread's environment. Importing this module loads nothing, so that it works everywhere.
 * @throws RpcError UNIMPLEMENTED in one sentence on a platform that lacks what the addon needs.
 */
export function native(): Environment {
  environment ??= load();
  return environment;
}

function load(): Environment {
  let addon: NativeAddon;
  try {
    addon = loadNative();
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new RpcError('UNIMPLEMENTED', message, { origin: 'transport', cause });
  }
  return {
    addon,
    batchWords: new Uint32Array(addon.batch),
    batchBytes: new Uint8Array(addon.batch),
    syncResult: addon.syncResult,
    syncBytes: new Uint8Array(addon.syncBytes),
  };
}
