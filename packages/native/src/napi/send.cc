#include "napi/send.h"

namespace doorcall::napi {
namespace {

/** What a function holds on to; freed with it. */
using Holder = std::shared_ptr<Connection>;

template <size_t Count>
Connection* connectionOf(napi_env env, napi_callback_info info, napi_value (&arguments)[Count]) {
  size_t count = Count;
  void* holder = nullptr;
  // Arguments that are not given are read as undefined.
  if (napi_get_cb_info(env, info, &count, arguments, nullptr, &holder) != napi_ok) return nullptr;
  return static_cast<Holder*>(holder)->get();
}

/** The message in the shared words; false (and a pending exception) when there is none. */
bool messageOf(napi_env env, Connection& connection, napi_value bytes,
               Connection::Outgoing* message) {
  napi_valuetype type = napi_undefined;
  napi_typeof(env, bytes, &type);
  if (type != napi_undefined) {
    void* data = nullptr;
    size_t size = 0;
    if (napi_get_buffer_info(env, bytes, &data, &size) != napi_ok) {
      // Or the caller, who believes that its array is known now, would send from the one before.
      connection.forgetSource();
      napi_throw_type_error(env, nullptr, "what is sent must be a Uint8Array");
      return false;
    }
    connection.setSource(Napi::Value(env, bytes), static_cast<const uint8_t*>(data), size);
  }
  if (connection.readOutgoing(message)) return true;
  napi_throw_range_error(env, nullptr, "bytes[start, end) lies outside the array");
  return false;
}

napi_value toValue(napi_env env, int32_t number) {
  napi_value value = nullptr;
  napi_create_int32(env, number, &value);
  return value;
}

napi_value refuseReserved(napi_env env) {
  napi_throw_range_error(env, nullptr, "this kind, or one of these flags, is the transport's own");
  return nullptr;
}

napi_value send(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  Connection* const connection = connectionOf(env, info, arguments);
  Connection::Outgoing message;
  if (connection == nullptr || !messageOf(env, *connection, arguments[0], &message)) return nullptr;
  const auto sent = connection->send(message.header, message.bytes, message.size);
  if (sent == channel::Channel::Send::reserved) return refuseReserved(env);
  return toValue(env, static_cast<int32_t>(sent));
}

napi_value callSync(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  Connection* const connection = connectionOf(env, info, arguments);
  Connection::Outgoing message;
  if (connection == nullptr || !messageOf(env, *connection, arguments[1], &message)) return nullptr;
  double deadlineMs = 0;
  napi_get_value_double(env, arguments[0], &deadlineMs);
  // Not a number is no deadline either; before the clock began is over.
  const int64_t deadlineNs = !(deadlineMs <= 9e12) ? INT64_MAX
                             : deadlineMs < 0      ? 0
                                                   : static_cast<int64_t>(deadlineMs * 1e6);
  const int result = connection->callSync(message.header, message.bytes, message.size, deadlineNs);
  return result == Connection::kSyncReserved ? refuseReserved(env) : toValue(env, result);
}

bool addFunction(Napi::Object object, const char* name, napi_callback function,
                 const Holder& connection) {
  const Napi::Env env = object.Env();
  auto* const holder = new Holder(connection);
  napi_value value = nullptr;
  const auto free = [](napi_env, void* data, void*) { delete static_cast<Holder*>(data); };
  if (napi_create_function(env, name, NAPI_AUTO_LENGTH, function, holder, &value) != napi_ok ||
      napi_add_finalizer(env, value, holder, free, nullptr, nullptr) != napi_ok) {
    delete holder;
    return false;
  }
  return napi_set_named_property(env, object, name, value) == napi_ok;
}

}  // namespace

bool addSendFunctions(Napi::Object object, const std::shared_ptr<Connection>& connection) {
  return addFunction(object, "send", send, connection) &&
         addFunction(object, "callSync", callSync, connection);
}

}  // namespace doorcall::napi
