// What libFuzzer calls, for the target that -DFUZZ_TARGET names. Not part of the tests.
#include "fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  return fuzz::FUZZ_TARGET(bytes, size);
}
