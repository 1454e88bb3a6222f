/// @file
/// How every operation of the `os` layer reports failure: by value, never by exception.
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <variant>

namespace doorcall::os {

/// Why an operation failed.
struct Error {
  /// The errno of the system call that failed, or 0 when we refused by our own judgement
  /// (for example a descriptor of the wrong kind).
  int code = 0;
  /// What was attempted: a system call ("memfd_create") or one of our checks ("map peer segment").
  /// Always a string literal.
  const char* operation = "";
  /// What a reader needs beyond the errno; may be empty.
  std::string detail;

  /// One line for a log: operation, then detail, then the text of the errno, as far as present.
  std::string message() const {
    std::string text = operation;
    if (!detail.empty()) text += ": " + detail;
    if (code != 0) text += ": " + std::generic_category().message(code);
    return text;
  }
};

/// Either a `T` or an Error. Converts implicitly from both, so functions return whichever they
/// have. Asking for the half that is not there is a programming error (asserted).
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return *valueOrDie(); }
  const T& value() const& {
    assert(ok());
    return *std::get_if<0>(&state_);
  }
  T&& value() && { return std::move(*valueOrDie()); }

  const Error& error() const& {
    assert(!ok());
    return *std::get_if<1>(&state_);
  }
  Error&& error() && {
    assert(!ok());
    return std::move(*std::get_if<1>(&state_));
  }

 private:
  T* valueOrDie() {
    assert(ok());
    return std::get_if<0>(&state_);
  }

  std::variant<T, Error> state_;
};

/// Success without a value, or an Error. Default-constructed it is success.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }

  const Error& error() const& {
    assert(!ok());
    return *error_;
  }
  Error&& error() && {
    assert(!ok());
    return std::move(*error_);
  }

 private:
  std::optional<Error> error_;
};

}  // namespace doorcall::os
