// Mutants of a channel as a whole. See index.mjs.
export const channel = [
  {
    file: 'channel/channel.cc',
    tests: ['channel_hostile_peer', 'channel_end_to_end', 'channel_wake'],
    mutants: [
      {
        name: 'send-when-closed',
        from: `  if (closed_ || violation_ != nullptr) return Send::closed;
  if (size > limits_.maxSendBytes)`,
        to: '  if (size > limits_.maxSendBytes)',
        what: 'sends into a closed or failed channel',
      },
      {
        name: 'send-too-large',
        from: '  if (size > limits_.maxSendBytes) return Send::tooLarge;\n',
        to: '',
        what: 'sends what the peer does not take',
      },
      {
        name: 'send-item-too-large',
        from: '  if (precedence == Precedence::item && size > maxPieceBytes()) return Send::tooLarge;\n',
        to: '',
        what: 'an item in pieces',
      },
      {
        name: 'send-reserved',
        from: '  if (!ring::maySend(header) || isTransportKind(header.kind)) return Send::reserved;\n',
        to: '',
        what: "sends in the transport's name",
      },
      {
        name: 'send-transport-kinds',
        from: 'if (!ring::maySend(header) || isTransportKind(header.kind))',
        to: 'if (!ring::maySend(header))',
        what: "sends releases in the transport's name",
      },
      {
        name: 'send-doors-at-any-pace',
        from: '  if (header.kind == kDoorReleaseKind && !mayGiveBack()) return Send::full;\n',
        to: '',
        what: 'gives doors back to a peer that takes none',
      },
      {
        name: 'send-broken-unnoticed',
        from: `  if (result == Outbound::Result::broken) {
    fail("head beyond what was sent");
    return Send::closed;
  }
`,
        to: '',
        what: 'an impossible head is no violation when sending',
      },
      {
        name: 'withdraw-when-closed',
        from: '  if (closed_ || violation_ != nullptr) return false;\n  const uint64_t before = producer_.tail();\n  const bool found',
        to: '  const uint64_t before = producer_.tail();\n  const bool found',
        what: 'withdraws from a closed or failed channel',
      },
      {
        name: 'pump-when-closed',
        from: '  if (closed_ || violation_ != nullptr) return false;\n  const uint64_t before = producer_.tail();\n  const auto result = outbound_.pump();',
        to: '  const uint64_t before = producer_.tail();\n  const auto result = outbound_.pump();',
        what: 'writes into the ring of a closed or failed channel',
      },
      {
        name: 'pump-broken-unnoticed',
        from: '  if (result == Outbound::Result::broken) fail("head beyond what was sent");\n  return moved;',
        to: '  return moved;',
        what: 'an impossible head is no violation when pumping',
      },
      {
        name: 'publish-nothing-rings',
        from: '  if (producer_.tail() == tailBefore) return false;\n',
        to: '',
        what: 'rings though nothing was written',
      },
      {
        name: 'publish-without-ring',
        from: '  ring(wake_.afterData());\n  return true;',
        to: '  return true;',
        what: 'nobody is woken by data',
        tests: ['channel_wake'],
      },
      {
        name: 'ring-before-publish',
        from: `  producer_.publish();
  DOORCALL_FAILPOINT("send.published");
  DOORCALL_FAILPOINT("send.over");
  ring(wake_.afterData());`,
        to: `  ring(wake_.afterData());
  producer_.publish();`,
        what: 'decides on the wake before the records are visible',
        tests: ['channel_wake'],
        model: 'publish_before_ring',
      },
      {
        name: 'drain-when-closed',
        from: '  if (closed_ || violation_ != nullptr) return 0;\n  const auto drained',
        to: '  const auto drained',
        what: 'drains after a violation',
      },
      {
        name: 'drain-violation-ignored',
        from: '    fail(drained.violation);\n',
        to: '',
        what: 'a violation of the ring does not fail the channel',
      },
      {
        name: 'head-not-published',
        from: '  consumer_.publishHead();\n',
        to: '',
        what: 'the peer never learns what was taken',
      },
      {
        name: 'space-without-ring',
        from: '  ring(wake_.afterSpace());\n',
        to: '',
        what: 'nobody is woken by space',
        tests: ['channel_wake'],
      },
      {
        name: 'ring-before-head',
        from: `  consumer_.publishHead();
  DOORCALL_FAILPOINT("receive.taken");
  ring(wake_.afterSpace());`,
        to: `  ring(wake_.afterSpace());
  consumer_.publishHead();`,
        what: 'decides on the wake before the space is visible',
        tests: ['channel_wake'],
        model: 'head_before_ring',
      },
      {
        name: 'record-skip-from-peer',
        from: 'if (header.kind == ring::kSkip || (header.flags & kNeverSent) != 0) {',
        to: 'if ((header.flags & kNeverSent) != 0) {',
        what: 'a peer marks records as dealt with',
      },
      {
        name: 'record-flags-from-peer',
        from: 'if (header.kind == ring::kSkip || (header.flags & kNeverSent) != 0) {',
        to: 'if (header.kind == ring::kSkip) {',
        what: 'a peer forges tickets for large messages',
      },
      {
        name: 'record-large-flag-from-peer',
        from: 'constexpr uint8_t kNeverSent = ring::kLarge | ring::kCancelFollows;',
        to: 'constexpr uint8_t kNeverSent = ring::kCancelFollows;',
        what: 'a peer forges a ticket',
      },
      {
        name: 'record-cancel-flag-from-peer',
        from: 'constexpr uint8_t kNeverSent = ring::kLarge | ring::kCancelFollows;',
        to: 'constexpr uint8_t kNeverSent = ring::kLarge;',
        what: 'a peer forges the mark of a cancel',
      },
      {
        name: 'record-above-limit',
        from: `    if (header.length - ring::kHeaderBytes > limits_.maxReceiveBytes) {
      fail("message longer than the negotiated limit");
      return false;
    }
`,
        to: '',
        what: 'more than was agreed in one record',
      },
      {
        name: 'record-item-in-pieces',
        from: `      if (isItem(header.kind)) {
        fail("item of a stream sent as a large message");
        return false;
      }
`,
        to: '',
        what: 'an item of a stream as a large message',
      },
      {
        name: 'record-reassembly-violation',
        from: `        fail(outcome.violation);
`,
        to: ``,
        what: 'a violation of reassembly does not fail the channel',
      },
      {
        name: 'record-step-lost',
        from: 'if (ring::alignRecord(replacement.length) != padded) {',
        to: 'if (false) {',
        what: 'a record that shrank leaves its old bytes to be read as a record',
      },
      {
        name: 'record-own-kind-delivered',
        from: '      header.kind = ring::kSkip;\n      std::memcpy(batch + at, &header, sizeof header);\n',
        to: '',
        what: "the transport's own records are delivered",
        tests: ['channel_fds', 'channel_hostile_fds', 'channel_arena'],
      },
      {
        name: 'own-record-with-payload',
        from: 'if (header.length != ring::kHeaderBytes || header.flags != 0) {',
        to: 'if (header.flags != 0) {',
        what: 'a release with a payload',
        tests: ['channel_fds', 'channel_hostile_fds'],
      },
      {
        name: 'own-record-with-flags',
        from: 'if (header.length != ring::kHeaderBytes || header.flags != 0) {',
        to: 'if (header.length != ring::kHeaderBytes) {',
        what: 'a release with flags',
        tests: ['channel_fds', 'channel_hostile_fds'],
      },
      {
        name: 'release-of-what-is-not-lent',
        from: '    fail("release of a blob that is not lent");\n',
        to: '',
        what: 'a release of a blob that is not lent',
        tests: ['channel_arena'],
      },
      {
        name: 'large-bytes-not-given-back',
        from: '  largeBytes_ -= message.size;\n',
        to: '',
        what: 'taken messages count against the quota for ever',
      },
      {
        name: 'large-taken-twice',
        from: '  large_.erase(found);\n  largeBytes_',
        to: '  largeBytes_',
        what: 'a ticket is good twice',
      },
      {
        name: 'fds-not-looked-for',
        from: '    readSocketUntil([&] {\n      outcome = fds_.take(ticket);\n      return outcome.result != FdTake::neverCame;\n    });\n',
        to: '',
        what: "a record is faster than the socket's reader",
        tests: ['channel_fds', 'channel_hostile_fds'],
      },
      {
        name: 'fds-never-came',
        from: '  if (outcome.result == FdTake::neverCame) fail("record that names descriptors which never came");\n',
        to: '',
        what: 'descriptors that never came are no violation',
        tests: ['channel_fds', 'channel_hostile_fds'],
      },
      {
        name: 'lend-when-closed',
        from: '  if (closed_ || violation_ != nullptr) return {OwnArena::Problem::closed, {}};\n',
        to: '',
        what: 'lends over a failed channel',
        tests: ['channel_arena'],
      },
      {
        name: 'lend-unannounced',
        from: '    ownArena_->takeBack(lent.place.slot);\n    return {problem, {}};\n',
        to: '    return {problem, {}};\n',
        what: 'a loan that could not be announced stays counted',
        tests: ['channel_arena'],
      },
      {
        name: 'lend-to-nobody',
        from: '      const bool gone = os::isPeerGone(sent.error().code);\n',
        to: '      const bool gone = false;\n',
        what: 'a peer that is gone passes for one whose socket is full',
        tests: ['channel_arena'],
      },
      {
        name: 'announce-out-of-order',
        from: '  for (uint32_t segment = 1; segment <= last; segment++) {\n',
        to: '  for (uint32_t segment = last; segment <= last; segment++) {\n',
        what: 'announces only the segment that is lent from',
        tests: ['channel_arena_limits'],
      },
      {
        name: 'borrow-when-closed',
        from: '  if (closed_ || violation_ != nullptr) return {violation_ != nullptr ? violation_ : "closed"};\n',
        to: '',
        what: 'borrows from a failed channel',
        tests: ['channel_arena'],
      },
      {
        name: 'borrow-not-looked-for',
        from: '  if (!known()) readSocketUntil(known);\n',
        to: '',
        what: "a record is faster than the segment's announcement",
        tests: ['channel_arena'],
      },
      {
        name: 'borrow-unknown-segment',
        from: `  const auto borrowed = peerArena_->knows(place.segment)
                            ? peerArena_->borrow(place)
                            : PeerArena::Borrowed{"blob in a segment that was never sent"};`,
        to: '  const auto borrowed = peerArena_->borrow(place);',
        what: 'a blob in a segment that was never sent',
        tests: ['channel_arena'],
      },
      {
        name: 'borrow-violation',
        from: '  if (borrowed.violation != nullptr) fail(borrowed.violation);\n',
        to: '',
        what: 'a blob that lies nowhere is no violation',
        tests: ['channel_arena'],
      },
      {
        name: 'control-when-closed',
        from: '  if (closed_ || violation_ != nullptr) return;\n  RecordHeader header{};',
        to: '  RecordHeader header{};',
        what: 'releases over a closed or failed channel',
        tests: ['channel_arena', 'channel_fds', 'channel_hostile_fds'],
      },
      {
        name: 'control-broken-unnoticed',
        from: '  if (result == Outbound::Result::broken) fail("head beyond what was sent");\n  if (result == Outbound::Result::full)',
        to: '  if (result == Outbound::Result::full)',
        what: 'an impossible head is no violation when releasing',
      },
      {
        name: 'control-full-unnoticed',
        from: '  if (result == Outbound::Result::full) fail(kTakesNothing);\n',
        to: '',
        what: 'a release is dropped, and nobody is told',
      },
      {
        name: 'socket-after-violation',
        from: '    if (violation_ != nullptr) return Socket::empty;\n',
        to: '',
        what: 'takes socket messages after a violation',
      },
      {
        name: 'socket-truncated',
        from: `  if (message.truncated && !message.fdsLost) {
    return fail("socket message too long, or with more descriptors than this side takes");
  }
`,
        to: '',
        what: 'a socket message longer than any',
        tests: ['channel_fds', 'channel_hostile_fds'],
      },
      {
        name: 'socket-bell-with-descriptor',
        from: 'bytes.size() == 1 && message.fds.empty() && !message.fdsLost;',
        to: 'bytes.size() == 1;',
        what: 'a bell that carries descriptors',
        tests: ['channel_fds', 'channel_hostile_fds'],
      },
      {
        name: 'socket-means-nothing',
        from: '  if (!decoded) return fail("socket message that means nothing");',
        to: '  if (!decoded) return;',
        what: 'a socket message that means nothing',
        tests: ['channel_fds', 'channel_hostile_fds'],
      },
      {
        name: 'socket-lost-segment',
        from: '  if (lost) return "this process has no room for the descriptor of the peer\'s arena";\n',
        to: '',
        what: 'a segment whose descriptor found no room',
        tests: ['channel_arena'],
        equivalent:
          'Without room no descriptor comes at all, and the next check refuses the message; the words only say whose fault it is.',
      },
      {
        name: 'socket-segment-count',
        from: 'if (message.count != 1 || fds.size() != 1) return',
        to: 'if (fds.size() != 1) return',
        what: 'a segment that counts other descriptors than it has',
        tests: ['channel_arena'],
      },
      {
        name: 'socket-segment-without-descriptor',
        from: 'if (message.count != 1 || fds.size() != 1) return',
        to: 'if (message.count != 1) return',
        what: 'a segment without its descriptor',
        tests: ['channel_arena'],
      },
      {
        name: 'new-space-head-seen',
        from: 'return !producer_.refreshHead() || producer_.headSeen() != outbound_.fullAtHead();',
        to: 'const uint64_t before = producer_.headSeen();\n  return !producer_.refreshHead() || producer_.headSeen() != before;',
        what: 'space that somebody else has seen before counts as old',
        tests: ['channel_wake'],
      },
      {
        name: 'new-space-broken',
        from: 'return !producer_.refreshHead() || producer_.headSeen() != outbound_.fullAtHead();',
        to: 'return producer_.refreshHead() && producer_.headSeen() != outbound_.fullAtHead();',
        what: 'sleeps on an impossible head',
      },
      {
        name: 'bell-bump-gone',
        from: '      ownView_.header().bell.fetch_add(1, std::memory_order_release);\n',
        to: '',
        what: 'a ring between the look and the sleep is lost',
        tests: ['channel_wake'],
      },
      {
        name: 'bell-bump-relaxed',
        from: 'bell.fetch_add(1, std::memory_order_release);',
        to: 'bell.fetch_add(1, std::memory_order_relaxed);',
        what: 'the bell may be seen before what it was rung for',
        equivalent:
          'The fence before the decision to ring orders what the bell is rung for; the model holds without this release, too (BUG_bell_store).',
      },
      {
        name: 'futex-wake-gone',
        from: '      os::futexWake(&ownView_.header().bell, 1);\n',
        to: '',
        what: 'a sleeping synchronous call is not woken',
        tests: ['channel_processes', 'channel_wake'],
      },
      {
        name: 'closed-store-relaxed',
        from: 'ownView_.header().closed.store(1, std::memory_order_release);',
        to: 'ownView_.header().closed.store(1, std::memory_order_relaxed);',
        what: 'closed may be seen before the last head',
        model: 'closed_store',
      },
      {
        name: 'closed-not-told',
        from: '  ownView_.header().closed.store(1, std::memory_order_release);\n',
        to: '',
        what: 'a close that the peer cannot see in memory',
      },
      {
        name: 'close-without-ring',
        from: `  DOORCALL_FAILPOINT("close.published");
  ring(wake_.afterData());
`,
        to: ``,
        what: 'a close wakes nobody',
        tests: ['channel_wake'],
      },
      {
        name: 'close-without-shutdown',
        from: '  os::shutdownSocket(parts_.socket.get());\n',
        to: '',
        what: 'a forked child keeps a closed connection open',
      },
      {
        name: 'first-violation-kept',
        from: '  if (violation_ == nullptr) violation_ = violation;',
        to: '  violation_ = violation;',
        what: 'a later violation hides the first',
      },
    ],
  },
  {
    file: 'channel/channel.h',
    tests: ['channel_wake', 'channel_hostile_peer', 'channel_processes'],
    mutants: [
      {
        name: 'park-wants-space',
        from: 'parked_.park(how, cpu, hasQueued());',
        to: 'parked_.park(how, cpu, false);',
        what: 'does not ask to be woken by space',
      },
      {
        name: 'closed-load-relaxed',
        from: 'peerView_.header().closed.load(std::memory_order_acquire) != 0;',
        to: 'peerView_.header().closed.load(std::memory_order_relaxed) != 0;',
        what: 'closed may be seen before the last head',
        model: 'closed_load',
      },
      {
        name: 'took-through-impossible-head',
        from: 'return !producer_.refreshHead() || producer_.headSeen() >= position;',
        to: 'return producer_.refreshHead() && producer_.headSeen() >= position;',
        what: 'an impossible head proves that a request was not taken',
      },
    ],
  },
];
