#pragma once

#include <napi.h>

#include <memory>
#include <string>
#include <unordered_map>

#include "channel/handshake.h"
#include "napi/loop.h"
#include "napi/watcher.h"

namespace doorcall::napi {

struct ListenerOptions {
  int backlog = 511;
  uint32_t mode = 0600;
  uint64_t handshakeTimeoutMs = 5000;
  /** Of other uids than this process's, in all: they leave its own the places it may have. */
  size_t maxHandshakes = 256;
  size_t maxHandshakesPerUid = 128;
};

/** Accepts peers and takes each through its handshake; JavaScript decides whom to welcome. */
class Listener final : public Watcher, public std::enable_shared_from_this<Listener> {
 public:
  Listener(Loop& loop, os::UniqueFd socket, const ListenerOptions& options, Napi::Object events);
  ~Listener() override;

  bool start();
  void onEvents(uint64_t token, uint32_t events) override;

  void welcome(Napi::Env env, uint32_t handshake, const Napi::Value& options);
  void refuse(uint32_t handshake, uint16_t code, const std::string& message);
  void giveLock(uint32_t handshake, int lockFd);
  void close(Napi::Function done);

 private:
  struct Pending {
    std::unique_ptr<channel::ServerHandshake> handshake;
    uint64_t token = 0;
    uint64_t timer = 0;
    /** JavaScript knows of it by onHello, and is owed its end. */
    bool announced = false;
    channel::ChannelLimits limits;
  };

  void acceptSome(int most);
  bool acceptLater(uint64_t ms);
  void admit(os::UniqueFd socket, const os::PeerCredentials& peer);
  /** Whether one more handshake of that uid may be under way. */
  bool hasPlaceFor(uint32_t uid) const;
  void advance(uint32_t id);
  /** Forgets a handshake that has become a connection, or the answer to a takeover. */
  void forget(uint32_t id);
  /** Ends a handshake that came to nothing. */
  void drop(uint32_t id);
  void finishClose();
  void problem(const os::PeerCredentials* peer, const std::string& reason);
  void tell(const char* event, std::initializer_list<napi_value> arguments);

  Loop& loop_;
  os::UniqueFd socket_;
  ListenerOptions options_;
  Napi::ObjectReference events_;
  Napi::FunctionReference closed_;
  uint64_t token_ = 0;
  /** Runs while peers wait in the backlog: others come first, or there were no descriptors. */
  uint64_t retryTimer_ = 0;
  bool closing_ = false;
  uint32_t nextId_ = 1;
  std::unordered_map<uint32_t, Pending> pending_;
  std::unordered_map<uint64_t, uint32_t> idOfToken_;
  /** Only uids that have handshakes under way. */
  std::unordered_map<uint32_t, size_t> perUid_;
};

/** The JavaScript class (NativeListener). */
class ListenerObject final : public Napi::ObjectWrap<ListenerObject> {
 public:
  static Napi::Function define(Napi::Env env);
  /** listen(directoryFd, name, options, events) of addon.d.ts. */
  static Napi::Value listen(const Napi::CallbackInfo& info);
  explicit ListenerObject(const Napi::CallbackInfo& info);

 private:
  void welcome(const Napi::CallbackInfo& info);
  void refuse(const Napi::CallbackInfo& info);
  void giveLock(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);

  std::shared_ptr<Listener> listener_;
};

}  // namespace doorcall::napi
