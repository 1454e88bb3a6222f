// The C++ targets (packages/native/test/fuzz), with libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer.
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fuzzingCompiler } from '../lib/fuzzing-compiler.mjs';
import { repositoryRoot } from '../lib/paths.mjs';
import { run } from '../lib/run.mjs';

const native = path.join(repositoryRoot, 'packages', 'native');
/** Longer inputs find nothing that shorter ones do not, and would make the corpus large. */
const MAX_BYTES = 1024;
const FOUND = 'found-';

const functionOf = (target) => target.replace(/-(.)/g, (_, letter) => letter.toUpperCase());

/** @returns how many inputs were tried, and what was found */
export async function fuzzNative(target, { seconds, seed, collect }) {
  const fuzzer = await builtFuzzer(functionOf(target));
  const kept = path.join(native, 'test', 'fuzz', 'corpus', target);
  // What it finds on its way; a run begins with what was kept, and with what the last ones have left.
  const working = path.join(native, 'build', 'fuzz', 'corpus', target);
  for (const folder of [kept, working]) mkdirSync(folder, { recursive: true });
  const before = new Set(foundIn(kept));
  const args = [
    `-max_total_time=${seconds}`,
    `-seed=${seed}`,
    `-max_len=${MAX_BYTES}`,
    '-timeout=10',
    '-rss_limit_mb=2048',
    `-artifact_prefix=${kept}${path.sep}${FOUND}`,
    working,
    kept,
  ];
  const { code, stderr } = await run(fuzzer, args, { quiet: true, timeoutMs: (seconds + 120) * 1000 });
  const end = /DONE[^\n]*/.exec(stderr)?.[0] ?? '';
  const tried = Number(/Done (\d+) runs/.exec(stderr)?.[1] ?? 0);
  console.log(`${target}: ${tried} inputs, ${/cov: \d+/.exec(end)?.[0] ?? 'no coverage told'}`);
  if (code === 0) {
    if (collect) await keep(fuzzer, kept, working);
    return { tried, findings: [] };
  }
  const found = foundIn(kept).filter((file) => !before.has(file));
  const finding =
    `${stderr.split('\n').slice(-60).join('\n')}\n  reproducer  ${found.join(', ') || 'none was written'}\n` +
    `  run it      ${path.relative(repositoryRoot, fuzzer)} ${found[0] ?? ''}`;
  return { tried, findings: [finding] };
}

const foundIn = (folder) =>
  readdirSync(folder)
    .filter((name) => name.startsWith(FOUND))
    .map((name) => path.relative(repositoryRoot, path.join(folder, name)));

async function builtFuzzer(name) {
  const compiler = await fuzzingCompiler();
  const args = [
    '--silent',
    '-j2',
    '-C',
    path.join(native, 'test'),
    'fuzzer',
    `FUZZER=${name}`,
    `CXX=${compiler}`,
  ];
  console.log(`> building the target ${name}`);
  const { code } = await run('make', args);
  if (code !== 0) process.exit(1);
  return path.join(native, 'build', 'fuzz', name);
}

/** The fewest and shortest inputs that reach all that both folders reach; what was once found stays. */
async function keep(fuzzer, kept, working) {
  const merged = mkdtempSync(path.join(tmpdir(), 'doorcall-fuzz-'));
  await run(fuzzer, ['-merge=1', `-max_len=${MAX_BYTES}`, merged, kept, working], { quiet: true });
  for (const name of readdirSync(kept)) if (!name.startsWith(FOUND)) rmSync(path.join(kept, name));
  for (const name of readdirSync(merged)) {
    await run('cp', [path.join(merged, name), path.join(kept, name)], { quiet: true });
  }
  rmSync(merged, { recursive: true });
  console.log(`${path.relative(repositoryRoot, kept)}: ${readdirSync(kept).length} inputs kept`);
}
