import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SANDBOX = fileURLToPath(new URL('../fixtures/sandbox.py', import.meta.url));

/** A system call that the sandbox answers in the kernel's stead. */
export interface SandboxRule {
  readonly call: 'memfd_create' | 'pidfd_open' | 'epoll_ctl' | 'fcntl' | 'ioctl';
  /** How it fails; or, with `result`, what it returns without having been made. */
  readonly errno?: string;
  readonly result?: number;
  /** Only when that argument, or those bits of it, have that value. */
  readonly argument?: number;
  readonly mask?: number;
  readonly value?: number;
  /** Only when that argument is a descriptor of this kind. */
  readonly fd?: number;
  readonly target?: string;
}

/** The beginning of a command that runs the rest of it in such a sandbox. */
export const sandboxed = (rules: readonly SandboxRule[]): string[] => [
  'python3',
  SANDBOX,
  JSON.stringify(rules),
];

const [python, ...args] = sandboxed([{ call: 'pidfd_open', errno: 'ENOSYS' }]);

/** Whether this machine lets its processes be confined. */
export const canSandbox = spawnSync(python as string, [...args, 'true']).status === 0;
