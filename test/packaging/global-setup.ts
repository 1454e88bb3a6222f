import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { packPublished, type Tarballs } from './pack.js';

declare module 'vitest' {
  interface ProvidedContext {
    tarballs: Tarballs;
  }
}

export default function setup(project: TestProject): () => void {
  const folder = mkdtempSync(path.join(tmpdir(), 'doorcall-tarballs-'));
  project.provide('tarballs', packPublished(folder));
  return () => rmSync(folder, { recursive: true, force: true });
}
