#pragma once

#include <napi.h>

#include <memory>

#include "napi/connection.h"

/** The two functions of a connection that are called for every message. */
namespace doorcall::napi {

/**
 * Gives the object its `send` and `callSync` (addon.d.ts). They are functions of their own rather
 * than methods of a class, and take what they send from the connection's shared words: looking up
 * the receiver and converting six arguments cost more than the send itself. False when JavaScript
 * can run no more.
 */
bool addSendFunctions(Napi::Object object, const std::shared_ptr<Connection>& connection);

}  // namespace doorcall::napi
