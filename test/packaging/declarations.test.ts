// The declarations of the packages, as the compiler of a user sees them who checks those of libraries, too.
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { expect, inject, it, onTestFinished } from 'vitest';
import { install } from './consumer.js';

const program = `
import { type Blob, type OwnedFd, type RpcError, connect, createDoor, defineService, health, serve, stream } from '@doorcall/core';
import * as contract from '@doorcall/core/contract';
import * as generated from '@doorcall/core/generated';
import { blob, door, fd } from '@doorcall/core/zod';
import { z } from 'zod';

const inner = defineService('inner', { ring: { output: z.string() } });
const service = defineService('service', {
  all: { input: z.object({ data: blob(), file: fd() }), output: stream(door(inner)) },
});
const server = await serve(service, {
  async *all({ data, file }: { data: Blob; file: OwnedFd }, ctx) {
    ctx.allocate(data.byteLength);
    file.close();
    yield createDoor(inner, { ring: () => 'ding' });
  },
});
await using client = connect(service);
export const used: unknown[] = [server, client.all, health, contract, generated, undefined as unknown as RpcError];
`;

it('compile where skipLibCheck is off', () => {
  const consumer = install(inject('tarballs'), { scripts: false });
  onTestFinished(() => rmSync(consumer.folder, { recursive: true, force: true }));
  const file = path.join(consumer.folder, 'program.ts');
  writeFileSync(file, program);
  const found = ts.getPreEmitDiagnostics(
    ts.createProgram([file], {
      strict: true,
      exactOptionalPropertyTypes: true,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
      types: ['node'],
      typeRoots: [path.join(import.meta.dirname, 'node_modules', '@types')],
      skipLibCheck: false,
      noEmit: true,
    }),
  );
  expect(
    ts.formatDiagnostics(found, {
      getCurrentDirectory: () => consumer.folder,
      getCanonicalFileName: (name) => name,
      getNewLine: () => '\n',
    }),
  ).toBe('');
});
