// A test runner of one page, because no C++ test library comes from the npm registry and a fresh
// clone has nothing else.
//
//   #include "support/check.h"
//   TEST(ring_refuses_a_record_beyond_its_limit) {
//     REQUIRE(setup());          // ends this test when false
//     CHECK_EQ(written, 3u);     // reports both values and goes on
//   }
//
// Every test/*.cc becomes one executable. `<executable> [part of a test name]` runs the matching
// tests; the last line is `N passed, N failed`, and the exit code is 0 only if something ran and
// nothing failed. Checks may run on any thread; REQUIRE only where `return;` leaves the test.
#pragma once

#include <atomic>
#include <concepts>
#include <cstdio>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace doorcall::test {

struct Test {
  const char* name;
  void (*run)();
};

inline std::vector<Test>& allTests() {
  static std::vector<Test> tests;
  return tests;
}

// Per process, and atomic because a test's threads may all report.
inline std::atomic<int> failures{0};

inline void reportFailure(const char* file, int line, const std::string& what) {
  failures.fetch_add(1, std::memory_order_relaxed);
  std::fprintf(stderr, "  %s:%d: %s\n", file, line, what.c_str());
}

template <typename T>
std::string show(const T& value) {
  std::ostringstream out;
  if constexpr (std::is_same_v<T, bool>) {
    out << (value ? "true" : "false");
  } else if constexpr (std::is_enum_v<T>) {
    out << "enumerator " << static_cast<long long>(value);
  } else if constexpr (std::is_same_v<T, unsigned char> || std::is_same_v<T, signed char>) {
    out << static_cast<int>(value);
  } else if constexpr (requires { out << value; }) {
    out << value;
  } else {
    out << "<" << sizeof(T) << " bytes>";
  }
  return out.str();
}

// Mixed signedness compares by value, so that CHECK_EQ(list.size(), 3) neither warns nor lies.
template <typename A, typename B>
bool equal(const A& a, const B& b) {
  constexpr auto plainInteger = []<typename T>(std::type_identity<T>) {
    return std::is_integral_v<T> && !std::is_same_v<T, bool> && !std::is_same_v<T, char>;
  };
  if constexpr (plainInteger(std::type_identity<A>{}) && plainInteger(std::type_identity<B>{})) {
    return std::cmp_equal(a, b);
  } else {
    return a == b;
  }
}

template <typename A, typename B>
bool checkEqual(const A& a, const B& b, const char* expression, const char* file, int line) {
  if (equal(a, b)) return true;
  reportFailure(file, line, std::string(expression) + ": " + show(a) + " is not " + show(b));
  return false;
}

struct Registration {
  Registration(const char* name, void (*run)()) { allTests().push_back({name, run}); }
};

}  // namespace doorcall::test

#define TEST(test_name)                                                                         \
  static void test_name();                                                                      \
  static const doorcall::test::Registration registration_of_##test_name{#test_name, test_name}; \
  static void test_name()

#define CHECK(condition) \
  ((condition) ? void() : doorcall::test::reportFailure(__FILE__, __LINE__, "false: " #condition))

#define CHECK_EQ(a, b) \
  ((void)doorcall::test::checkEqual((a), (b), #a " == " #b, __FILE__, __LINE__))

#define REQUIRE(condition)                                                        \
  do {                                                                            \
    if (!(condition)) {                                                           \
      doorcall::test::reportFailure(__FILE__, __LINE__, "required: " #condition); \
      return;                                                                     \
    }                                                                             \
  } while (false)

#define REQUIRE_EQ(a, b)                                                                 \
  do {                                                                                   \
    if (!doorcall::test::checkEqual((a), (b), #a " == " #b, __FILE__, __LINE__)) return; \
  } while (false)
