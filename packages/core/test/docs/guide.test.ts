import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { CALL_OPTIONS, CONNECT_OPTIONS } from '../../src/client/options.js';
import { LIMITS, SERVE_OPTIONS } from '../../src/server/options.js';

const document = (name: string) => readFileSync(new URL(`../../../../docs/${name}`, import.meta.url), 'utf8');
const guide = document('guide.md');
const streams = document('streams.md');
const largeData = document('large-data.md');
const descriptors = document('descriptors.md');
const bothWays = document('callbacks-and-doors.md');
const core = fileURLToPath(new URL('../../', import.meta.url));

interface Program {
  readonly file: string;
  readonly source: string;
  /** What the guide says that it prints. */
  readonly prints: string | undefined;
}

/** Blocks of TypeScript, each of which begins with the name of its file; a block of text after it is what it prints. */
function programsOf(text: string): readonly Program[] {
  const blocks = text.matchAll(/^```ts\n(\/\/ (\S+?\.ts)\b[\s\S]*?)^```\n(?:\n```text\n([\s\S]*?)^```$)?/gm);
  return [...blocks].map(([, source = '', file = '', prints]) => ({ file, source, prints }));
}
const programs = [guide, streams, largeData, descriptors, bothWays].flatMap(programsOf);

let folder: string;
let services: string;
let problems: string;

beforeAll(() => {
  // Within the package, so that `@doorcall/core` is found by its own name; `dist` is nobody's source.
  folder = mkdtempSync(path.join(core, 'dist', 'guide-'));
  services = mkdtempSync(path.join(tmpdir(), 'doorcall-test-'));
  for (const { file, source } of programs) writeFileSync(path.join(folder, file), source);
  problems = compile();
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  rmSync(services, { recursive: true, force: true });
});

/** Compiles all programs. @returns what the compiler has against them */
function compile(): string {
  const program = ts.createProgram(
    programs.map(({ file }) => path.join(folder, file)),
    {
      strict: true,
      exactOptionalPropertyTypes: true,
      noUnusedLocals: true,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
      types: ['node'],
      typeRoots: [path.join(core, 'node_modules/@types')],
      skipLibCheck: true,
    },
  );
  const found = [...ts.getPreEmitDiagnostics(program), ...program.emit().diagnostics];
  return ts.formatDiagnostics(found, {
    getCurrentDirectory: () => folder,
    getCanonicalFileName: (name) => name,
    getNewLine: () => '\n',
  });
}

class Run {
  output = '';
  readonly exited: Promise<number | null>;
  readonly child;
  readonly #lines = new Set<() => void>();

  constructor(file: string) {
    this.child = spawn(process.execPath, [path.join(folder, file.replace(/\.ts$/, '.js'))], {
      env: { ...process.env, DOORCALL_DIR: services },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.on('data', (chunk) => {
        this.output += chunk;
        for (const look of this.#lines) look();
      });
    }
    this.exited = new Promise((resolve) => this.child.once('close', resolve));
    onTestFinished(() => void this.child.kill('SIGKILL'));
  }

  prints(line: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => this.output.includes(`${line}\n`) && resolve();
      this.#lines.add(look);
      void this.exited.then(() => reject(new Error(`it ended without '${line}': ${this.output}`)));
      look();
    });
  }
}

describe('the guides', () => {
  test.each([
    ['guide.md', guide, 7],
    ['streams.md', streams, 5],
    ['descriptors.md', descriptors, 3],
    ['callbacks-and-doors.md', bothWays, 3],
  ])('%s has nothing but programs', (_, text, most) => {
    const own = programsOf(text);
    expect(own.length).toBeGreaterThan(most);
    expect(text.match(/^```/gm)).toHaveLength(2 * (own.length + own.filter(({ prints }) => prints).length));
  });

  test('have programs that the compiler accepts', () => {
    expect(new Set(programs.map(({ file }) => file)).size).toBe(programs.length);
    expect(problems).toBe('');
  });

  test.each(programs.filter(({ prints, file }) => prints !== undefined && file !== 'client.ts'))(
    '$file prints what it says',
    async ({ file, prints }) => {
      const run = new Run(file);
      expect(await run.exited).toBe(0);
      expect(run.output).toBe(prints);
    },
  );

  test('client.ts calls server.ts, which drains at SIGTERM', async () => {
    const server = new Run('server.ts');
    await server.prints('serving');
    const client = new Run('client.ts');
    expect(await client.exited).toBe(0);
    expect(client.output).toBe(programs.find(({ file }) => file === 'client.ts')?.prints);
    server.child.kill('SIGTERM');
    expect(await server.exited).toBe(0);
    expect(server.output).toBe('serving\ndrained\n');
  });

  test.each([
    ['serve(', SERVE_OPTIONS],
    ['limits', LIMITS],
    ['connect(', CONNECT_OPTIONS],
    ['Each call', CALL_OPTIONS],
  ])('lists every option of %s', (section, names) => {
    const options = guide.slice(guide.indexOf('## Options'));
    const [table = ''] = options
      .slice(options.search(new RegExp(`^\`?${section.replace('(', '\\(')}`, 'm')))
      .split('\n\n', 2)
      .slice(1);
    const listed = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
    const known = Object.entries(names).flatMap(([name, kind]) => (kind === 'internal' ? [] : [name]));
    expect(listed).toEqual(known);
  });
});
