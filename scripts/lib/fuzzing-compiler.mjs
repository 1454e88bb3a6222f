import { existsSync } from 'node:fs';
import { refuse } from './fail.mjs';
import { run } from './run.mjs';

const PACKAGES = ['clang-19', 'libclang-rt-19-dev'];

const candidates = () => [
  ...(process.env.FUZZ_CXX === undefined ? [] : [process.env.FUZZ_CXX]),
  'clang++',
  ...Array.from({ length: 9 }, (_, i) => `clang++-${22 - i}`),
];

/** A clang++ with libFuzzer; as root on Debian it is installed when there is none. */
export async function fuzzingCompiler() {
  const found = await firstThatWorks();
  if (found !== undefined) return found;
  if (process.getuid() === 0 && existsSync('/usr/bin/apt-get')) {
    console.log(`installing ${PACKAGES.join(' and ')}, which bring libFuzzer`);
    await run('apt-get', ['update'], { quiet: true });
    await run('apt-get', ['install', '-y', '--no-install-recommends', ...PACKAGES], { quiet: true });
    const installed = await firstThatWorks();
    if (installed !== undefined) return installed;
  }
  return refuse(`fuzzing needs clang with libFuzzer (Debian: apt install ${PACKAGES.join(' ')}).`);
}

async function firstThatWorks() {
  for (const compiler of candidates()) {
    const source = 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }';
    const command = `printf '%s' '${source}' | ${compiler} -x c++ -fsanitize=fuzzer,address -o /dev/null - 2>/dev/null`;
    const { code } = await run('sh', ['-c', command], { quiet: true });
    if (code === 0) return compiler;
  }
  return undefined;
}
