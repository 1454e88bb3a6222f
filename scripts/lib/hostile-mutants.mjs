// Takes guards out of the TypeScript layers, one at a time, in a copy of what is built, and has a hostile peer's rows
// attack that: for `npm run test:mutants -- --hostile`.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { hostileMutants } from '../mutants/hostile.mjs';
import { build } from './build.mjs';
import { repositoryRoot } from './paths.mjs';
import { run } from './run.mjs';

const core = path.join(repositoryRoot, 'packages', 'core');
/** A row that hangs longer has noticed something. */
const HANG_MS = 15_000;

/** Those whose text does not occur once any more: { name, file, times }. */
export function staleHostileMutants() {
  return hostileMutants
    .map((mutant) => ({ ...mutant, times: sourceOf(mutant.file).split(mutant.from).length - 1 }))
    .filter(({ times }) => times !== 1);
}

/** @returns how many mutants some row noticed, and how many none did */
export async function runHostileMutants(chosen) {
  await build('@doorcall/core');
  console.log('> attacking what is built, with nothing taken out');
  const place = new Place();
  let failed = 0;
  try {
    for (const role of new Set(chosen.map((mutant) => mutant.role))) {
      const rows = chosen.filter((mutant) => mutant.role === role).map((mutant) => mutant.rows);
      const { red, green } = await place.attack(role, rows.join('|'));
      if (red.length > 0 || green === 0) throw new Error(`red as it is: ${red.join('; ') || 'nothing ran'}`);
    }
    for (const [index, mutant] of chosen.entries()) {
      const { red, green } = await place.spoiled(mutant, () => place.attack(mutant.role, mutant.rows));
      if (red.length + green === 0) throw new Error(`no row is called ${mutant.rows}`);
      const verdict = red.length > 0 ? `killed by a hostile ${mutant.role}, ${red[0]}` : 'SURVIVED';
      console.log(`[${index + 1}/${chosen.length}] ${mutant.name}: ${verdict}`);
      if (red.length === 0) failed += 1;
    }
  } finally {
    place.remove();
  }
  return { passed: chosen.length - failed, failed };
}

const sourceOf = (file) => readFileSync(path.join(core, 'src', file), 'utf8');

/** A copy of the build, and of the programs that are attacked. */
class Place {
  // Where the packages that it needs are found.
  #root = mkdtempSync(path.join(core, 'node_modules', '.mutant-'));
  #programs = path.join(this.#root, 'test', 'hostile', 'programs');

  constructor() {
    cpSync(path.join(core, 'dist'), path.join(this.#root, 'dist'), { recursive: true });
    cpSync(path.join(core, 'package.json'), path.join(this.#root, 'package.json'));
    cpSync(path.join(core, 'test', 'hostile', 'programs'), this.#programs, { recursive: true });
  }

  async spoiled({ file, from, to }, work) {
    const built = path.join(this.#root, 'dist', file.replace(/\.ts$/, '.js'));
    const before = readFileSync(built);
    const { outputText } = ts.transpileModule(
      sourceOf(file).replace(from, () => to),
      {
        compilerOptions: {
          target: ts.ScriptTarget.ES2022,
          module: ts.ModuleKind.ESNext,
          verbatimModuleSyntax: true,
        },
      },
    );
    writeFileSync(built, outputText);
    try {
      return await work();
    } finally {
      writeFileSync(built, before);
    }
  }

  /** @returns red: names of rows, up to the first; green: how many */
  async attack(role, rows) {
    const out = path.join(this.#root, 'rows.json');
    rmSync(out, { force: true });
    const args = ['run', `packages/core/test/hostile/${role}.test.ts`, '-t', `(${rows})`];
    const how = ['--bail=1', `--testTimeout=${HANG_MS}`, '--reporter=json', `--outputFile=${out}`];
    await run('vitest', [...args, ...how], {
      quiet: true,
      env: { ...process.env, DOORCALL_HOSTILE_PROGRAMS: this.#programs },
    });
    const { testResults } = JSON.parse(readFileSync(out, 'utf8'));
    const results = testResults.flatMap(({ assertionResults }) => assertionResults);
    return {
      red: results.filter(({ status }) => status === 'failed').map(({ title }) => title),
      green: results.filter(({ status }) => status === 'passed').length,
    };
  }

  remove() {
    rmSync(this.#root, { recursive: true, force: true });
  }
}
