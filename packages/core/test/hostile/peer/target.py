"""The service that is attacked (programs/contract.mjs). A contract numbers its methods in the order of their names."""

BIG, ECHO, HOLD, MIRROR, NOTE, ORDER, UPLOAD, WATCH = range(8)
