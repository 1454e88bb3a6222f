{
  'targets': [
    {
      'target_name': 'doorcall',
      # Asked for rather than listed: a new file is compiled without an edit here, and the cross-compiled binaries are
      # built from the very same settings.
      'sources': ['<!@(node ../scripts/print-setting.mjs sources)'],
      'include_dirs': ['<!@(node ../scripts/print-setting.mjs includes)'],
      'defines': ['<!@(node ../scripts/print-setting.mjs defines)'],
      # What Node's own settings name would otherwise win over ours.
      'cflags!': ['-O3'],
      'cflags_cc!': ['-std=gnu++17', '-std=gnu++20', '-std=gnu++23', '-fexceptions'],
      'cflags_cc': ['<!@(node ../scripts/print-setting.mjs flags)'],
      'configurations': {
        'Release': {
          # Assertions are for debug builds and the C++ tests.
          'defines': ['NDEBUG'],
        },
        # Never shipped: for tests that kill a process between two steps of it (src/fault/failpoint.h).
        'Debug': {
          'defines': ['DOORCALL_FAILPOINTS'],
          'cflags!': ['-O0'],
        },
      },
    },
  ],
}
