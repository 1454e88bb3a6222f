#include <algorithm>
#include <cstring>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

#include "fault/failpoint.h"
#include "napi/connection_object.h"
#include "napi/javascript.h"

/** ConnectionObject's memory that the peer sees without a copy: see addon.d.ts. */
namespace doorcall::napi {
namespace {

using channel::OwnArena;

constexpr int kClosed = -5;
/** Results of borrowBlob(). */
constexpr int kNoMemory = -1;
constexpr int kViolation = -2;
/** Up to here numbers are exact. */
constexpr uint64_t kMostSerial = uint64_t{1} << 53;

int resultOf(OwnArena::Problem problem) {
  switch (problem) {
    case OwnArena::Problem::none:
      return 0;
    case OwnArena::Problem::quota:
      return -1;
    case OwnArena::Problem::memory:
      return -2;
    case OwnArena::Problem::unwanted:
      return -3;
    case OwnArena::Problem::socket:
      return -4;
    case OwnArena::Problem::closed:
      break;
  }
  return kClosed;
}

/** Bytes of a Uint8Array; false when it is none. */
bool bytesOf(const Napi::Value& value, uint8_t** data, size_t* size) {
  void* found = nullptr;
  if (!value.IsTypedArray() || napi_get_buffer_info(value.Env(), value, &found, size) != napi_ok)
    return false;
  *data = static_cast<uint8_t*>(found);
  return true;
}

/** Detaches the buffer below an array. False when it was detached before, or cannot be. */
bool detach(const Napi::Value& array) {
  const Napi::ArrayBuffer buffer = array.As<Napi::TypedArray>().ArrayBuffer();
  bool detached = true;
  napi_is_detached_arraybuffer(array.Env(), buffer, &detached);
  return !detached && napi_detach_arraybuffer(array.Env(), buffer) == napi_ok;
}

/** Marks what allocateBlob() gave where the host allows no memory but its own. */
constexpr napi_type_tag kOrdinaryMemory{0x646f6f7263616c6c, 0x6f7264696e617279};

/** A number from a table that the peer wrote; what is no such number means what nothing can be. */
uint64_t wireNumber(const Napi::Value& value, uint64_t most) {
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : -1;
  if (!(number >= 0 && number <= static_cast<double>(most))) return UINT64_MAX;
  const auto whole = static_cast<uint64_t>(number);
  return static_cast<double>(whole) == number ? whole : UINT64_MAX;
}

/** What borrowBlob() returned; anything else names no view. */
uint64_t serialOf(const Napi::Value& value) { return wireNumber(value, kMostSerial); }

}  // namespace

void ConnectionObject::tellBlob(double first, double second, double third, double fourth) {
  blob_[0] = first;
  blob_[1] = second;
  blob_[2] = third;
  blob_[3] = fourth;
}

Napi::Value ConnectionObject::allocateBlob(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!connection_->open()) return Napi::Number::New(env, kClosed);
  const uint64_t bytes = wireNumber(info[0], channel::kMostBlobBytes);
  const auto arena = connection_->ownArena();
  const auto allocated = arena->allocate(bytes);
  DOORCALL_FAILPOINT("blob.allocated");
  if (allocated.problem != OwnArena::Problem::none)
    return Napi::Number::New(env, resultOf(allocated.problem));
  const OwnArena::Memory memory = allocated.memory;
  const auto gone = [weak = std::weak_ptr<Connection>(connection_), arena, memory] {
    arena->dispose(memory);
    // Somebody may wait for the room.
    if (const auto connection = weak.lock()) connection->touch();
  };
  const Napi::Value array = toExternalArray(env, memory.data, memory.bytes, gone, arena);
  if (!array.IsEmpty()) return array;
  arena->dispose(memory);
  auto ordinary = Napi::Uint8Array::New(env, memory.bytes);
  napi_type_tag_object(env, ordinary.ArrayBuffer(), &kOrdinaryMemory);
  return ordinary;
}

Napi::Value ConnectionObject::disposeBlob(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  uint8_t* data = nullptr;
  size_t size = 0;
  if (!bytesOf(info[0], &data, &size)) return Napi::Boolean::New(env, false);
  Napi::ArrayBuffer buffer = info[0].As<Napi::TypedArray>().ArrayBuffer();
  if (!buffer.IsArrayBuffer()) return Napi::Boolean::New(env, false);
  const auto arena = connection_->ownArena();
  const auto memory = arena != nullptr ? arena->find(buffer.Data(), buffer.ByteLength())
                                       : std::optional<OwnArena::Memory>();
  if (!memory || memory->data != buffer.Data()) {
    bool ordinary = false;
    napi_check_object_type_tag(env, buffer, &kOrdinaryMemory, &ordinary);
    if (ordinary) detach(info[0]);
    return Napi::Boolean::New(env, ordinary);
  }
  // One that cannot be detached (its array lives on elsewhere) is disposed of when it is collected.
  if (detach(info[0])) arena->dispose(*memory);
  connection_->touch();
  return Napi::Boolean::New(env, true);
}

Napi::Value ConnectionObject::placeBlob(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  uint8_t* data = nullptr;
  size_t size = 0;
  if (!bytesOf(info[0], &data, &size)) {
    Napi::TypeError::New(env, "a blob is a Uint8Array").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  if (!connection_->open()) return Napi::Number::New(env, kClosed);
  tellBlob(0);
  if (size == 0) return Napi::Number::New(env, 0);
  OwnArena& arena = *connection_->ownArena();
  OwnArena::Memory copy;
  if (!arena.find(data, size)) {
    const auto allocated = arena.allocate(size);
    if (allocated.problem != OwnArena::Problem::none)
      return Napi::Number::New(env, resultOf(allocated.problem));
    copy = allocated.memory;
    std::memcpy(copy.data, data, size);
    DOORCALL_FAILPOINT("blob.copied");
    data = copy.data;
  }
  const auto lent = connection_->channel().lend(data, size);
  // From now on the loan alone holds it.
  if (copy.data != nullptr) arena.dispose(copy);
  if (lent.problem == OwnArena::Problem::none) {
    tellBlob(lent.place.segment, lent.place.slot, static_cast<double>(lent.place.offset),
             static_cast<double>(lent.place.length));
  }
  return Napi::Number::New(env, resultOf(lent.problem));
}

Napi::Value ConnectionObject::awaitBlobs(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), connection_->awaitBlobs());
}

Napi::Value ConnectionObject::unplaceBlob(const Napi::CallbackInfo& info) {
  const auto slot = static_cast<uint32_t>(wireNumber(info[0], UINT32_MAX));
  const auto arena = connection_->ownArena();
  connection_->touch();
  return Napi::Boolean::New(info.Env(), arena != nullptr && arena->takeBack(slot));
}

Napi::Value ConnectionObject::borrowBlob(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!connection_->open()) return Napi::Number::New(env, kClosed);
  const uint64_t segment = wireNumber(info[0], UINT32_MAX);
  const uint64_t slot = wireNumber(info[1], UINT32_MAX);
  const uint64_t offset = wireNumber(info[2], channel::kMostBlobBytes * 4);
  const uint64_t length = wireNumber(info[3], channel::kMostBlobBytes);
  const bool numbers = segment != UINT64_MAX && slot != UINT64_MAX;
  const auto borrowed = connection_->channel().borrow(
      {numbers ? static_cast<uint32_t>(segment) : 0, static_cast<uint32_t>(slot), offset, length});
  if (borrowed.violation != nullptr) {
    // The channel has failed: the loop is to notice.
    connection_->touch();
    return Napi::Number::New(env, kViolation);
  }
  if (borrowed.data == nullptr) {
    connection_->viewGone(*connection_->peerArena(), borrowed.serial);
    return Napi::Number::New(env, kNoMemory);
  }
  return Napi::Number::New(env, static_cast<double>(borrowed.serial));
}

Napi::Value ConnectionObject::viewBlob(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto arena = connection_->peerArena();
  if (arena == nullptr) return Napi::Uint8Array::New(env, 0);
  const uint64_t serial = serialOf(info[0]);
  const auto [data, length] = arena->expose(serial);
  if (data == nullptr) return Napi::Uint8Array::New(env, 0);
  const auto gone = [weak = std::weak_ptr<Connection>(connection_), arena, serial] {
    if (const auto connection = weak.lock()) {
      connection->viewGone(*arena, serial);
    } else {
      arena->giveBack(serial);
    }
  };
  const Napi::Value view = toExternalArray(env, data, length, gone, arena);
  if (!view.IsEmpty()) return view;
  const Napi::Value copy = toCopiedArray(env, data, length);
  connection_->viewGone(*arena, serial);
  return copy;
}

Napi::Value ConnectionObject::readBlob(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto arena = connection_->peerArena();
  const auto place = arena != nullptr ? arena->inSegment(serialOf(info[0])) : std::nullopt;
  if (!place) return env.Undefined();
  auto& kept = segmentBuffers_[place->segment];
  if (kept.IsEmpty()) {
    // One buffer for as long as the connection lives: nothing is detached, and nothing has to be
    // collected.
    const auto [data, length] = place->all;
    // Whoever has taken the memory from the buffer (ArrayBuffer.prototype.transfer) may have it
    // longer than the connection lives.
    const Napi::Value all = toExternalArray(env, data, length, [arena] {}, arena);
    if (all.IsEmpty()) return env.Undefined();
    kept = Napi::Persistent(all.As<Napi::TypedArray>().ArrayBuffer());
  }
  Napi::ArrayBuffer buffer = kept.Value();
  // Somebody has transferred it: its memory is under another name now.
  if (buffer.ByteLength() != place->all.length) return env.Undefined();
  return Napi::Uint8Array::New(env, place->length, buffer, place->offset);
}

Napi::Value ConnectionObject::copyBlob(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto arena = connection_->peerArena();
  const auto bytes =
      arena != nullptr ? arena->look(serialOf(info[0])) : channel::PeerArena::Bytes{};
  if (bytes.data == nullptr) return env.Undefined();
  const uint64_t to = std::min(wireNumber(info[2], channel::kMostBlobBytes), bytes.length);
  const uint64_t from = std::min(wireNumber(info[1], channel::kMostBlobBytes), to);
  return toCopiedArray(env, bytes.data + from, to - from);
}

void ConnectionObject::releaseBlob(const Napi::CallbackInfo& info) {
  const auto arena = connection_->peerArena();
  if (arena == nullptr) return;
  // A buffer that somebody else has detached may live on under another name: then the end of that
  // one is what counts.
  if (info[1].IsTypedArray() && !detach(info[1])) return;
  connection_->viewGone(*arena, serialOf(info[0]));
}

Napi::Value ConnectionObject::blobCounts(const Napi::CallbackInfo& info) {
  uint64_t counts[7] = {};
  if (const auto own = connection_->ownArena()) {
    counts[0] = own->allocatedBytes();
    counts[1] = own->lentBytes();
    counts[2] = own->quota();
    counts[3] = own->segments();
  }
  if (const auto peer = connection_->peerArena()) {
    counts[4] = peer->heldBytes();
    counts[5] = peer->heldBlobs();
    counts[6] = peer->segments();
  }
  auto array = Napi::Array::New(info.Env(), std::size(counts));
  for (uint32_t i = 0; i < std::size(counts); i++)
    array.Set(i, Napi::Number::New(info.Env(), static_cast<double>(counts[i])));
  return array;
}

}  // namespace doorcall::napi
