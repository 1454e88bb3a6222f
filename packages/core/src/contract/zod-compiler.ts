import type { $ZodType } from 'zod/v4/core';

/** Compiles a schema to a clone of it that parses faster; one that cannot be compiled comes back as it is. */
export type CompileSchema = (schema: $ZodType) => $ZodType;

let loading: Promise<void> | undefined;
let loaded: CompileSchema | undefined;

/**
 * Starts to load zod's own compiler (`z.compile`). It is loaded when the first zod schema shows up, and never by a
 * static import: contracts of other libraries must work where zod is not installed.
 */
export function loadCompiler(): Promise<void> {
  loading ??= import('zod/v4/core').then(
    ({ compile }) => {
      loaded = compile as CompileSchema | undefined;
    },
    // No zod, an older one, or a runtime that cannot import here: schemas then stay uncompiled.
    () => {},
  );
  return loading;
}

/** Calls `use` with the compiler: now if it is loaded, else as soon as it is, and never where there is none. */
export function withCompiler(use: (compile: CompileSchema) => void): void {
  if (codeGenerationForbidden()) return;
  if (loaded !== undefined) use(loaded);
  else void loadCompiler().then(() => loaded !== undefined && use(loaded));
}

/** Whether zod was told not to generate code, as a strict content security policy demands. */
function codeGenerationForbidden(): boolean {
  const config = (globalThis as { __zod_globalConfig?: { jitless?: boolean } }).__zod_globalConfig;
  return config?.jitless === true;
}
