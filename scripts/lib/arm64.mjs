// What it takes to compile and run for arm64 on another processor.
export const arm64Packages = {
  'aarch64-linux-gnu-g++': 'g++-aarch64-linux-gnu',
  'qemu-aarch64': 'qemu-user',
};
export const arm64Purpose = 'the C++ tests are compiled and emulated for arm64 by them';

/** undefined on arm64 itself, where nothing needs to be emulated. */
export function arm64Target() {
  if (process.arch === 'arm64') return undefined;
  return {
    name: 'arm64',
    compiler: 'aarch64-linux-gnu-g++',
    runner: ['qemu-aarch64', '-L', '/usr/aarch64-linux-gnu'],
  };
}

const surplus = 'the emulator hands over descriptors that the receiver has no room for';
/** Test files that the emulator cannot run whole, and what it does otherwise than a kernel. */
export const cannotBeEmulated = {
  channel_arena: 'the emulator cannot map 4 TiB',
  channel_arena_limits: 'the emulator does not hold a program to its address space',
  channel_fds: surplus,
  channel_hostile_client: surplus,
  channel_hostile_fds: surplus,
  channel_hostile_server: surplus,
  fuzz_corpus: surplus,
  os_segment: 'the emulator shows no flags of mappings, and does nothing at MADV_REMOVE',
  os_socket: surplus,
};
