#include <cstdlib>
#include <cstring>

#include "support/check.h"

int main(int argc, char** argv) {
  using namespace doorcall::test;
  const char* wanted = argc > 1 ? argv[1] : "";
  int passed = 0;
  int failed = 0;
  // For `npm run test:mutants`, which has learnt enough from the first.
  const bool endsAtFailure = std::getenv("DOORCALL_END_AT_FAILURE") != nullptr;
  for (const Test& test : allTests()) {
    if (std::strstr(test.name, wanted) == nullptr) continue;
    // Named before it runs, so that a crash or a hang says where.
    std::fprintf(stderr, "- %s\n", test.name);
    const int before = failures.load(std::memory_order_relaxed);
    test.run();
    if (failures.load(std::memory_order_relaxed) == before) {
      ++passed;
    } else {
      ++failed;
      std::fprintf(stderr, "  FAILED %s\n", test.name);
      if (endsAtFailure) break;
    }
  }
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 && passed > 0 ? 0 : 1;
}
