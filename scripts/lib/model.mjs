// Explores the Promela model of the wake protocol (packages/native/model) by Spin.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { scenarios, spare, variants } from '../../packages/native/model/runs.mjs';
import { repositoryRoot, toolsFolder } from './paths.mjs';
import { run } from './run.mjs';

export const modelFolder = path.join(repositoryRoot, 'packages', 'native', 'model');
export const spinPackages = { spin: 'spin', gcc: 'gcc' };
export const spinPurpose = 'the model of the wake protocol is explored by it';

/** A limit against a search that does not end, far above what any takes. */
const hangLimitMs = 1_200_000;
/** In the C++ memory nothing empties a store buffer but its reader: it has to be longer. */
const memoryDefines = { tso: ['TSO'], cpp: ['BUFFER=12'] };

/** @returns one search for each memory that the variant names; `flaw` undefined when nothing may go wrong. */
export function searchesOf({ name, removed, flaw, scenario, memories }) {
  return memories.map((memory) => ({
    name,
    removed,
    scenario,
    memory,
    flaw,
    defines: [
      ...scenarios[scenario].defines,
      ...memoryDefines[memory],
      ...(name === undefined ? [] : [`BUG_${name}`]),
    ],
  }));
}

/**
 * All that the model can do with these macros.
 *
 * @returns `flaw`: what went wrong, by the name the model gives it, or undefined when every state was seen and nothing
 *   did; `states`; `problem`: why the search says nothing at all.
 */
export async function explore(defines) {
  mkdirSync(toolsFolder, { recursive: true });
  const cwd = mkdtempSync(path.join(toolsFolder, 'model-'));
  try {
    const step = async (command, ...args) => {
      const { code, stdout, stderr } = await run(command, args, { cwd, quiet: true, timeoutMs: hangLimitMs });
      return { code, text: stdout + stderr };
    };
    const macros = defines.map((define) => `-D${define}`);
    const translated = await step('spin', '-a', ...macros, path.join(modelFolder, 'doorcall.pml'));
    if (translated.code !== 0) return { problem: translated.text };
    // Not optimised: the compiler would take longer than the search.
    const compiled = await step('gcc', '-O0', '-w', '-DSAFETY', '-DCOLLAPSE', '-o', 'pan', 'pan.c');
    if (compiled.code !== 0) return { problem: compiled.text };
    const searched = await step('./pan', '-m1000000', '-w22');
    return readReport(searched.text);
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

/** What Spin's verifier reports. Only a search that has ended by itself says anything. */
export function readReport(text) {
  const states = Number(/(\d+) states, stored/.exec(text)?.[1]);
  const errors = /errors: (\d+)/.exec(text)?.[1];
  const found = /^pan:1: (.*)$/m.exec(text)?.[1];
  if (errors === undefined || !(states > 0)) return { problem: `no report of a search:\n${text}` };
  if (found !== undefined) {
    const flaw = /^assertion violated +!\((\w+)\)/.exec(found)?.[1] ?? found;
    return { flaw, states };
  }
  // A search that reached a limit has not seen everything.
  if (errors !== '0' || /search depth too small|Search not completed|out of memory/.test(text))
    return { problem: `the search is not whole:\n${text}` };
  return { flaw: undefined, states };
}

/** Whether a search found what it had to find, and only that. */
export function isAsExpected(search, outcome) {
  return outcome.problem === undefined && outcome.flaw === search.flaw;
}

/** The lines of a table of these searches, to be shown one by one as they end. */
export function tableOf(searches) {
  const verdict = (flaw) => (flaw === undefined ? 'holds' : `fails: ${flaw.replaceAll('_', ' ')}`);
  const known = (search) => [
    search.name === undefined ? '–' : `BUG_${search.name}`,
    search.removed ?? 'nothing',
    scenarios[search.scenario].title,
    search.memory === 'tso' ? 'x86' : 'C++',
    verdict(search.flaw),
  ];
  const titles = ['variant', 'without', 'scenario', 'memory', 'expected'];
  const rows = [titles, ...searches.map(known)];
  const widths = titles.map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (mark, row, states, got) =>
    [
      mark.padEnd(5),
      ...row.map((cell, column) => cell.padEnd(widths[column])),
      states.padStart(10),
      got,
    ].join('  ');
  return {
    head: line('', titles, 'states', 'got'),
    line: (search, outcome) =>
      line(
        isAsExpected(search, outcome) ? '' : 'WRONG',
        known(search),
        outcome.states?.toLocaleString('en') ?? '',
        outcome.problem === undefined ? verdict(outcome.flaw) : `no answer: ${outcome.problem}`,
      ),
  };
}

export const named = (name) => [...variants, ...spare].find((variant) => variant.name === name);
