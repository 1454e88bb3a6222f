{
  # The floor of the latency lab in bench/: no part of the package. In a folder of its own, because two targets of one
  # folder that share sources write the same object files, also at the same moment.
  'targets': [
    {
      'target_name': 'floor',
      'type': 'executable',
      'product_extension': '',
      'sources': ['<!@(node ../scripts/print-setting.mjs floorSources)'],
      'include_dirs': ['../src'],
      'defines': ['NDEBUG', '_GNU_SOURCE'],
      'cflags!': ['-O3'],
      'cflags_cc!': ['-std=gnu++17', '-std=gnu++20', '-std=gnu++23', '-fexceptions'],
      'cflags_cc': ['<!@(node ../scripts/print-setting.mjs flags)'],
    },
  ],
}
