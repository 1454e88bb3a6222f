#pragma once

#include <uv.h>

namespace doorcall::napi {

/** Counts the reasons for which an environment's event loop must not end by itself. */
class KeepAlive {
 public:
  /** @param handle a started handle, which stands for all reasons together. */
  explicit KeepAlive(uv_handle_t* handle) : handle_(handle) {}

  void hold() { holds_++; }
  void release() { holds_--; }
  bool held() const { return holds_ > 0; }

  /** What libuv was last told. */
  bool told() const { return told_; }
  void tell(bool wanted) {
    if (wanted == told_) return;
    told_ = wanted;
    wanted ? uv_ref(handle_) : uv_unref(handle_);
  }

 private:
  uv_handle_t* handle_;
  int holds_ = 0;
  bool told_ = false;
};

}  // namespace doorcall::napi
