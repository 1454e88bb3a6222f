// Builds the stress programs of packages/native/test/stress and runs them in all their forms.
import path from 'node:path';
import { builtFolder, commandFor, testFolder } from './cpp-tests.mjs';
import { run } from './run.mjs';

const fourGiB = 2 ** 32;
/** Positions begin so far before 2^32 that both sides are busy when they wrap. */
const before = ['--before', String(1024 * 1024)];

/**
 * What is run. `share`: of all records, about. `floor`: fewer make no sense for this one. `span`: some large message or call
 * must have stayed open for so many bytes. `onlyTwoMappings`: ThreadSanitizer sees nothing of it.
 */
function forms(long) {
  const largeSpan = [
    '--ring',
    '65536',
    '--sizes',
    'largest',
    '--open',
    '4',
    '--span',
    String(Math.round(1.05 * fourGiB)),
  ];
  const callSpan = long ? fourGiB : fourGiB / 16;
  return [
    { name: 'threads, one mapping, futex', share: 0.2, args: [...before] },
    {
      name: 'threads, one mapping, bell',
      share: 0.1,
      args: ['--wait', 'bell', '--sizes', 'mixed', ...before],
    },
    {
      name: 'threads, one mapping, empty, in batches',
      share: 0.1,
      args: ['--sizes', 'empty', '--batch', '16', ...before],
    },
    {
      name: 'threads, one mapping, always parking',
      share: 0.002,
      floor: 200_000,
      args: ['--looks', '0', ...before],
    },
    {
      name: 'threads, one mapping, large messages open',
      share: 0.01,
      args: ['--open', '4', '--span', '2000000', ...before],
    },
    {
      name: 'threads, two mappings, futex',
      share: 0.1,
      args: ['--mappings', '2', ...before],
      onlyTwoMappings: true,
    },
    {
      name: 'processes, futex',
      share: 0.2,
      args: ['--place', 'processes', ...before],
      onlyTwoMappings: true,
    },
    {
      name: 'processes, bell',
      share: 0.1,
      args: ['--place', 'processes', '--wait', 'bell', '--sizes', 'mixed', ...before],
      onlyTwoMappings: true,
    },
    {
      name: 'processes, spinning',
      share: 0.15,
      args: ['--place', 'processes', '--wait', 'spin', '--sizes', 'mixed', ...before],
      onlyTwoMappings: true,
    },
    {
      name: 'processes, largest',
      share: 0.038,
      args: ['--place', 'processes', '--sizes', 'largest', '--batch', '8', ...before],
      onlyTwoMappings: true,
    },
    {
      name: 'processes, large messages open across 2^32 bytes',
      share: 0,
      floor: 600_000,
      args: ['--place', 'processes', ...largeSpan],
      span: fourGiB,
      onlyTwoMappings: true,
      slow: true,
    },
    ...['futex', 'bell'].map((how) => ({
      name: `calls of two processes, out of order, ${how}, long ones across ${callSpan} bytes`,
      program: 'call_stress',
      share: 0,
      floor: long ? 600_000 : 60_000,
      args: ['--wait', how, '--open', '4', '--span', String(callSpan), ...before],
      span: callSpan,
      onlyTwoMappings: true,
      slow: true,
    })),
  ];
}

const blindness = {
  thread: [
    'ThreadSanitizer: both ends run in threads over ONE mapping, for it knows memory by its address. It sees whether the',
    'bytes handed over are ordered by the release and acquire of tail and head. It does not understand fences: of the',
    'sleep handshake, and of two mappings or processes, it can say nothing; the model (npm run check:model) does.',
  ],
};

const summary =
  /(\d+) records in ([\d.]+) s .*, (\d+) wraps, (\d+) parks, (\d+) wakes, (\d+) long ones \(over up to (\d+) bytes\), (\d+) violations\s*$/;

/** So many records in all, unless it is said. */
function usualRecords(long, sanitize) {
  if (sanitize === '') return long ? 1e9 : 1e7;
  return long ? 1e7 : 1e6;
}

/**
 * @param long compiled as the addon is, unless with a sanitizer; else as the C++ tests are, which is quick to build.
 * @param records in all; each form takes its share.
 * @returns how many forms passed and failed.
 */
export async function runRingStress({
  long = false,
  sanitize = '',
  seed = 1,
  records = usualRecords(long, sanitize),
} = {}) {
  const release = long && sanitize === '';
  const make = ['--silent', '-j2', '-C', testFolder, 'stress', `SANITIZE=${sanitize}`];
  const built = await run('make', release ? [...make, 'RELEASE=1'] : make);
  if (built.code !== 0) return { passed: 0, failed: 1 };
  for (const line of blindness[sanitize] ?? []) console.log(line);

  const folder = path.join(builtFolder(sanitize, release ? '-release' : ''), 'stress');
  const totals = { records: 0, seconds: 0, wraps: 0, wakes: 0, violations: 0 };
  const counts = { passed: 0, failed: 0 };
  const chosen = forms(long).filter(
    (form) =>
      !(sanitize === 'thread' && form.onlyTwoMappings) &&
      // Positions go across 2^32 bytes once in a while only; ten times slower it would take minutes and show no more.
      !(sanitize !== '' && form.slow && !long),
  );
  const shares = chosen.reduce((sum, form) => sum + form.share, 0);
  for (const form of chosen) {
    console.log(`${form.name}${sanitize === '' ? '' : ` (${sanitize})`}`);
    const result = await runForm(folder, form, { records: records / shares, seed, sanitize, long });
    for (const key of Object.keys(totals)) totals[key] += result[key];
    if (result.good) counts.passed += 1;
    else counts.failed += 1;
  }
  console.log(
    `${totals.records} records in ${totals.seconds.toFixed(1)} s (${(totals.records / totals.seconds / 1e6).toFixed(2)} M/s), ` +
      `${totals.wraps} wraps, ${totals.wakes} wakes, ${totals.violations} violations; seed ${seed}`,
  );
  return counts;
}

async function runForm(folder, form, { records, seed, sanitize, long }) {
  const wanted = Math.max(form.floor ?? 1000, Math.round(records * form.share));
  const file = path.join(folder, form.program ?? 'ring_stress');
  const [command, ...args] = await commandFor(file, sanitize);
  const { code, stdout } = await run(
    command,
    [...args, '--records', String(wanted), '--seed', String(seed), ...form.args],
    { timeoutMs: long ? 3_600_000 : 180_000 },
  );
  const found = summary.exec(stdout);
  if (found === null) {
    console.error(`  ended before its last line (exit code ${code})`);
    return { records: 0, seconds: 0, wraps: 0, wakes: 0, violations: 1, good: false };
  }
  const [done, seconds, wraps, , wakes, , span, violations] = found.slice(1).map(Number);
  const spanned = form.span === undefined || span >= form.span;
  if (!spanned) console.error(`  nothing stayed open for ${form.span} bytes`);
  return {
    records: done,
    seconds,
    wraps,
    wakes,
    violations,
    good: code === 0 && violations === 0 && done === wanted && spanned,
  };
}
