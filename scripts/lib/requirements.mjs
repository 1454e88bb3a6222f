// What a fresh clone needs before anything can be fetched or compiled. One sentence for each thing that is missing.
import { spawnSync } from 'node:child_process';

const oldestNode = [20, 20];
const oldestCompiler = 11;

/** The first missing requirement as a sentence, or undefined. */
export function missingRequirement(environment = process) {
  if (environment.platform !== 'linux') {
    return `building doorcall needs Linux, this is ${environment.platform}.`;
  }
  if (environment.arch !== 'x64' && environment.arch !== 'arm64') {
    return `doorcall needs an x64 or arm64 processor, this is ${environment.arch}.`;
  }
  if (isOlder(environment.versions.node, oldestNode)) {
    return `Node ${oldestNode.join('.')} or later is needed, this is ${environment.versions.node}.`;
  }
  if (!runs('npm')) return 'npm is not on PATH; it is needed to fetch the package manager.';
  if (!runs('python3'))
    return 'python3 is not on PATH; node-gyp needs it to build the C++ addon (Debian: apt install python3).';
  if (!runs('make'))
    return 'make is not on PATH; it is needed to build the C++ addon (Debian: apt install make).';
  return compilerProblem(environment.env.CXX ?? 'g++');
}

function compilerProblem(compiler) {
  const [command, ...args] = compiler.split(' ');
  const version = spawnSync(command, [...args, '-dumpversion'], { encoding: 'utf8' });
  if (version.error !== undefined || version.status !== 0) {
    return `no C++ compiler: ${compiler} does not run (Debian: apt install g++).`;
  }
  const major = Number.parseInt(version.stdout, 10);
  if (major < oldestCompiler) {
    return `${compiler} is version ${version.stdout.trim()}; ${oldestCompiler} or later is needed for C++20.`;
  }
  return undefined;
}

/** @param version with its minor, or a major: then the latest of it is meant */
export function isOlder(version, [major, minor]) {
  const [haveMajor, haveMinor = Number.POSITIVE_INFINITY] = version.split('.').map(Number);
  return haveMajor < major || (haveMajor === major && haveMinor < minor);
}

function runs(command) {
  const { error } = spawnSync(command, ['--version'], { stdio: 'ignore' });
  return error === undefined;
}
