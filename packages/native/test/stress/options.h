/// @file
/// `--name value` pairs of a stress program. Anything unknown ends it with exit code 2.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <map>
#include <string>

namespace stress {

class Options {
 public:
  Options(int argc, char** argv, const char* usage) : usage_(usage) {
    for (int i = 1; i < argc; i += 2) {
      const std::string name = argv[i];
      if (name.rfind("--", 0) != 0 || i + 1 >= argc) refuse(name);
      given_[name.substr(2)] = argv[i + 1];
    }
  }

  uint64_t number(const char* name, uint64_t otherwise) {
    const std::string text = take(name);
    if (text.empty()) return otherwise;
    char* end = nullptr;
    const uint64_t value = std::strtoull(text.c_str(), &end, 10);
    if (*end != '\0') refuse(text);
    return value;
  }

  /// One of `allowed`; the first of them unless given.
  std::string word(const char* name, std::initializer_list<const char*> allowed) {
    const std::string text = take(name);
    if (text.empty()) return *allowed.begin();
    for (const char* one : allowed) {
      if (text == one) return text;
    }
    refuse(text);
  }

  /// After all were asked for: what is left over has no meaning.
  void done() {
    if (!given_.empty()) refuse(given_.begin()->first);
  }

  [[noreturn]] void refuse(const std::string& what) {
    std::fprintf(stderr, "not understood: %s\n%s", what.c_str(), usage_);
    std::exit(2);
  }

 private:
  std::string take(const char* name) {
    const auto found = given_.find(name);
    if (found == given_.end()) return "";
    const std::string text = found->second;
    given_.erase(found);
    return text;
  }

  const char* usage_;
  std::map<std::string, std::string> given_;
};

}  // namespace stress
