/** The floor's drivers: each runs the C++ program of packages/native/floor with another kind. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Latencies } from '@doorcall/load';
import type { Floor, FloorLoad, FloorResult } from '../../transport.js';

/** Built with the addon. */
const program = fileURLToPath(
  new URL('floor/build/Release/floor', import.meta.resolve('@doorcall/native/package.json')),
);

/** Its figures are one line for each bucket that was hit. */
const maxOutputBytes = 16 * 1024 * 1024;

/** What the program prints. */
interface Printed {
  elapsedNs: number;
  calls: number;
  sumNs: number;
  cpuUs: FloorResult['cpuUs'];
  contextSwitches: FloorResult['contextSwitches'];
  counts: [ns: number, exchanges: number][];
}

/** @param kind as the program knows it; `floor --help` lists them */
export function floorBy(kind: string, summary: string, version: string): Floor {
  return {
    kind: 'floor',
    summary,
    version,
    doesLess: 'two loops in C++: no JavaScript, no types, no validation, one exchange at a time',
    run: async (load, signal) => toResult(await runProgram(kind, load, signal)),
  };
}

async function runProgram(kind: string, load: FloorLoad, signal: AbortSignal): Promise<Printed> {
  signal.throwIfAborted();
  if (!existsSync(program)) throw new Error('the floor is not built: npm run build');
  const { bytes, durationMs, warmUpMs, cpus } = load;
  const numbers = { bytes, 'duration-ms': durationMs, 'warm-up-ms': warmUpMs };
  const placed = cpus ? { 'server-cpu': cpus.server, 'client-cpu': cpus.client } : {};
  const options = Object.entries({ ...numbers, ...placed }).map(([name, value]) => `--${name}=${value}`);
  const text = await new Promise<string>((resolve, reject) => {
    execFile(
      program,
      [kind, ...options],
      { signal, killSignal: 'SIGKILL', maxBuffer: maxOutputBytes },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else if (signal.aborted) reject(signal.reason);
        else reject(new Error(stderr.trim() === '' ? error.message : stderr.trim()));
      },
    );
  });
  return JSON.parse(text);
}

function toResult({ elapsedNs, calls, sumNs, cpuUs, contextSwitches, counts }: Printed): FloorResult {
  const latencies = Latencies.ofCounts(counts, sumNs).toJSON();
  return { elapsedMs: elapsedNs / 1e6, calls, cpuUs, contextSwitches, latencies };
}
