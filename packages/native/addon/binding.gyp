{
  'targets': [
    {
      'target_name': 'doorcall',
      # Asked for rather than listed, so that a new file is compiled without an edit here.
      'sources': ['<!@(node ../scripts/sources.mjs)'],
      'include_dirs': [
        '../src',
        '<!(node -p "require(\'node-addon-api\').include_dir")',
      ],
      'defines': ['NAPI_VERSION=8', 'NAPI_DISABLE_CPP_EXCEPTIONS', '_GNU_SOURCE'],
      'cflags!': ['-O3'],
      'cflags': ['-O2', '-Wall', '-Wextra', '-fvisibility=hidden'],
      # The standard that Node's own settings name would otherwise win over ours.
      'cflags_cc!': ['-std=gnu++17', '-std=gnu++20', '-fexceptions'],
      'cflags_cc': ['-std=c++20', '-fno-exceptions'],
    },
  ],
}
