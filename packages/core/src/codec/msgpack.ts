import type { AnyService } from '../contract/types.js';
import type { ServiceCodec } from './codec.js';

/**
 * The default codec.
 * @param options.named writes every key by name: for peers whose contract differs, so that records fixed in
 * advance would not mean the same on both sides.
 */
export declare function createMsgpackCodec(service: AnyService, options: { readonly named: boolean }): ServiceCodec;
