import { describe, expect, test } from 'vitest';
import { canSandbox, type SandboxRule, sandboxed } from '../shm/support/sandbox.js';
import { EVERYTHING, serve, visit } from './support/neighbour.js';
import { commonFolder, possible, unshared } from './support/surroundings.js';

/** More than fits into a container's usual /dev/shm. */
const BLOB_BYTES = 80 * 1024 * 1024;

const SMALL_SHM = unshared(['mount'], 'mount -t tmpfs -o size=64M tmpfs /dev/shm');
const NO_SHM = unshared(['mount'], 'umount -l /dev/shm');
/** The setting belongs to the pid namespace: nobody else notices. */
const NOEXEC_ENFORCED = unshared(['pid', 'mount-proc'], 'echo 2 > /proc/sys/vm/memfd_noexec');

describe.each([
  ['of 64 MB', SMALL_SHM],
  ['that is missing', NO_SHM],
] as const)('a /dev/shm %s', (_, inside) => {
  test.runIf(possible(inside))('does not matter, not even to blobs above its size', async () => {
    const directory = commonFolder();
    await serve({ directory }, { inside });
    expect(await visit({ directory }, { inside }, { blobBytes: BLOB_BYTES })).toEqual(EVERYTHING);
  });
});

describe('a kernel where memory files must not be executable (vm.memfd_noexec=2)', () => {
  test.runIf(possible(NOEXEC_ENFORCED))('everything works on both sides', async () => {
    const directory = commonFolder();
    await serve({ directory }, { inside: NOEXEC_ENFORCED });
    expect(await visit({ directory }, { inside: NOEXEC_ENFORCED })).toEqual(EVERYTHING);
  });

  const MFD_NOEXEC_SEAL = 8;
  const memfd = (value: number, errno: string): SandboxRule[] => [
    { call: 'memfd_create', argument: 1, mask: MFD_NOEXEC_SEAL, value, errno },
  ];

  test.runIf(canSandbox)('everything works where files without the flag are refused (EACCES)', async () => {
    const inside = sandboxed(memfd(0, 'EACCES'));
    const directory = commonFolder();
    await serve({ directory }, { inside });
    expect(await visit({ directory }, { inside })).toEqual(EVERYTHING);
  });

  test.runIf(canSandbox)(
    'everything works on an older kernel that does not know the flag (EINVAL)',
    async () => {
      const inside = sandboxed(memfd(MFD_NOEXEC_SEAL, 'EINVAL'));
      const directory = commonFolder();
      await serve({ directory }, { inside });
      expect(await visit({ directory }, { inside })).toEqual(EVERYTHING);
    },
  );
});
