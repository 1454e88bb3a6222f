// What fuzzers have kept (`npm run fuzz`): each file of the corpus once more.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "fuzz/targets.h"
#include "os_support.h"
#include "support/check.h"

namespace {

namespace fs = std::filesystem;

/// test/fuzz/corpus, seen from packages/native/build/test*/fuzz_corpus.
fs::path corpus() {
  return fs::read_symlink("/proc/self/exe").parent_path().parent_path().parent_path() / "test" /
         "fuzz" / "corpus";
}

std::vector<fs::path> filesOf(const char* target) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(corpus() / target)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

void replay(const fuzz::Target& target) {
  os_test::NothingLeft guard;
  const auto files = filesOf(target.name);
  CHECK(files.size() >= 10);
  for (const fs::path& file : files) {
    std::ifstream stream(file, std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(stream), {}};
    // Says which one it was when the process ends here.
    std::fprintf(stderr, "  %s/%s\r", target.name, file.filename().c_str());
    target.run(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  }
  std::fprintf(stderr, "  %s: %zu files\n", target.name, files.size());
}

TEST(fuzz_corpus_of_handshake_messages) { replay(fuzz::kTargets[0]); }
TEST(fuzz_corpus_of_handshake_steps) { replay(fuzz::kTargets[1]); }
TEST(fuzz_corpus_of_records) { replay(fuzz::kTargets[2]); }
TEST(fuzz_corpus_of_channels) { replay(fuzz::kTargets[3]); }

TEST(fuzz_corpus_has_no_other_folders) {
  size_t folders = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(corpus())) folders++;
  CHECK_EQ(folders, std::size(fuzz::kTargets));
}

}  // namespace
