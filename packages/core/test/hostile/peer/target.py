"""The service that is attacked (programs/contract.mjs). A contract numbers its methods in the order of their names."""

BIG, DRIP, ECHO, FEED, HOLD, KEEP, LEND, MIRROR, NOTE, ORDER, UPLOAD, WATCH = range(12)
