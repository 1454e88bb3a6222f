// Mutants of packages/native/src/ring. See index.mjs for what the fields mean.
const thread = [{ test: 'ring_concurrent', sanitize: 'thread' }];

export const ring = [
  {
    file: 'ring/parking.h',
    tests: ['ring_parking', 'ring_wakeup', 'channel_wake'],
    mutants: [
      {
        name: 'park-fence-gone',
        from: `    word_.store(current_.pack(), std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_seq_cst);
  }`,
        to: `    word_.store(current_.pack(), std::memory_order_relaxed);
  }`,
        what: 'no fence between parked and the look after it',
        model: 'fence_of_park',
      },
      {
        name: 'park-fence-weak',
        from: `    word_.store(current_.pack(), std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_seq_cst);
  }`,
        to: `    word_.store(current_.pack(), std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_acq_rel);
  }`,
        what: 'a fence that orders no store before a load',
        model: 'fence_of_park',
      },
      {
        name: 'wake-fence-gone',
        from: `    // Pairs with the fence in ParkedWord::park.
    std::atomic_thread_fence(std::memory_order_seq_cst);
`,
        to: '',
        what: 'no fence between the publish and the look at the parked word',
        model: 'fence_of_wake',
      },
      {
        name: 'wake-fence-weak',
        from: `    // Pairs with the fence in ParkedWord::park.
    std::atomic_thread_fence(std::memory_order_seq_cst);
`,
        to: '    std::atomic_thread_fence(std::memory_order_acq_rel);\n',
        what: 'a fence that orders no store before a load',
        model: 'fence_of_wake',
      },
      {
        name: 'park-epoch-same',
        from: 'Parked{current_.epoch + 1, how,',
        to: 'Parked{1, how,',
        what: 'one epoch for all sleeps',
      },
      {
        name: 'park-wants-space-lost',
        from: 'how, wantsSpace, cpu};\n    // Relaxed',
        to: 'how, false, cpu};\n    // Relaxed',
        what: 'nobody hears of the wish for space',
      },
      {
        name: 'wake-every-time',
        from: '!parked.asleep() || rung(parked) ||',
        to: '!parked.asleep() ||',
        what: 'a ring for every message of one sleep',
      },
      {
        name: 'wake-who-is-awake',
        from: 'if (!parked.asleep() || rung(parked)',
        to: 'if (rung(parked)',
        what: 'rings whoever is awake',
      },
      {
        name: 'wake-for-space-unasked',
        from: ' || (onlyForSpace && !parked.wantsSpace))',
        to: ')',
        what: 'space wakes those who did not ask',
      },
      {
        name: 'wake-epoch-forgotten',
        from: '    rungEpoch_ = parked.epoch;\n',
        to: '',
        what: 'does not remember the epoch that it rang',
      },
      {
        name: 'wake-epoch-remembered-unrung',
        from: `    if (!parked.asleep() || rung(parked) || (onlyForSpace && !parked.wantsSpace))
      return WaitState::running;
    rungEpoch_ = parked.epoch;
`,
        to: `    if (!parked.asleep() || rung(parked)) return WaitState::running;
    rungEpoch_ = parked.epoch;
    if (onlyForSpace && !parked.wantsSpace) return WaitState::running;
`,
        what: 'counts an epoch as rung though it did not ring',
      },
      {
        name: 'awake-keeps-wants-space',
        from: '    current_.wantsSpace = false;\n',
        to: '',
        what: 'an awake side still says that it wants space',
      },
      {
        name: 'awake-not-told',
        from: `    current_.wantsSpace = false;
    word_.store(current_.pack(), std::memory_order_relaxed);`,
        to: '    current_.wantsSpace = false;',
        what: 'never says that it is awake',
      },
      {
        name: 'awake-always-stores',
        from: '    if (current_.state == how && current_.cpu == cpu) return;\n',
        to: '',
        what: 'touches the shared line though nothing changed',
      },
      {
        name: 'parked-spinning-sleeps',
        from: 'state == WaitState::loop || state == WaitState::futex;',
        to: 'state != WaitState::running;',
        what: 'takes a spinning side for one asleep',
      },
      {
        name: 'parked-state-mask',
        from: 'static_cast<WaitState>((word >> 16) & 3)',
        to: 'static_cast<WaitState>((word >> 16) & 7)',
        what: 'a state out of range from a hostile word',
      },
    ],
  },
  {
    file: 'ring/consumer.h',
    tests: ['ring_transfer', 'ring_wakeup'],
    mutants: [
      {
        name: 'head-store-relaxed',
        from: 'own_.header().head.store(static_cast<uint32_t>(head_), std::memory_order_release);',
        to: 'own_.header().head.store(static_cast<uint32_t>(head_), std::memory_order_relaxed);',
        what: 'the copy may come after the head that gives the bytes free',
        tests: [],
        by: thread,
        model: 'head_store',
      },
      {
        name: 'has-more-relaxed',
        from: 'return peer_.header().tail.load(std::memory_order_acquire) != static_cast<uint32_t>(head_);',
        to: 'return peer_.header().tail.load(std::memory_order_relaxed) != static_cast<uint32_t>(head_);',
        what: 'the look at the tail orders nothing',
        equivalent:
          "Nothing is read on the strength of hasMore(): drain() loads the tail again, with acquire. The order against parked is the fence's.",
      },
      {
        name: 'has-more-only-ahead',
        from: 'std::memory_order_acquire) != static_cast<uint32_t>(head_);',
        to: 'std::memory_order_acquire) > static_cast<uint32_t>(head_);',
        what: 'a tail beyond 2^32 counts as nothing',
        tests: ['ring_hostile', 'ring_transfer'],
      },
    ],
  },
  {
    file: 'ring/consumer.cc',
    tests: ['ring_hostile', 'ring_transfer'],
    mutants: [
      {
        name: 'tail-load-relaxed',
        from: 'const uint32_t tail = peer_.header().tail.load(std::memory_order_acquire);',
        to: 'const uint32_t tail = peer_.header().tail.load(std::memory_order_relaxed);',
        what: 'bytes may be read before the tail that promises them',
        tests: [],
        by: thread,
        model: 'tail_load',
      },
      {
        name: 'tail-against-head-u32',
        from: 'const uint64_t newTail = tailSeen_ + (tail - static_cast<uint32_t>(tailSeen_));',
        to: 'const uint64_t newTail = tail;',
        what: 'positions are not extended to 64 bits',
      },
      {
        name: 'tail-against-head',
        from: 'const uint64_t newTail = tailSeen_ + (tail - static_cast<uint32_t>(tailSeen_));',
        to: 'const uint64_t newTail = head_ + (tail - static_cast<uint32_t>(head_));',
        what: 'a tail may run back behind what it promised',
      },
      {
        name: 'tail-capacity-unchecked',
        from: '  if (newTail - head_ > peer_.ringBytes()) return {0, "tail beyond capacity or running backwards"};\n',
        to: '',
        what: 'a tail beyond the capacity',
      },
      {
        name: 'tail-capacity-off-by-one',
        from: 'if (newTail - head_ > peer_.ringBytes())',
        to: 'if (newTail - head_ >= peer_.ringBytes())',
        what: 'a full ring is refused',
      },
      {
        name: 'tail-capacity-twice',
        from: 'if (newTail - head_ > peer_.ringBytes())',
        to: 'if (newTail - head_ > 2 * peer_.ringBytes())',
        what: 'a tail beyond the capacity, by less than another',
      },
      {
        name: 'tail-alignment-unchecked',
        from: '  if (newTail % kRecordAlignment != 0) return {0, "tail misaligned"};\n',
        to: '',
        what: "a tail between two records' places",
      },
      {
        name: 'tail-seen-forgotten',
        from: '  tailSeen_ = newTail;\n',
        to: '',
        what: 'does not remember what was promised',
      },
      {
        name: 'batch-capacity-unaligned',
        from: 'std::min(available, capacity & ~(kRecordAlignment - 1));',
        to: 'std::min(available, capacity);',
        what: 'copies half a slot at the end of a batch',
      },
      {
        name: 'copy-never-wraps',
        from: '  if (first < count) std::memcpy(out + first, peer_.ring(), count - first);\n\n',
        to: '\n',
        what: "what lies behind the ring's end is not copied",
        tests: ['ring_transfer'],
      },
      {
        name: 'length-below-header',
        from: '    if (length < kHeaderBytes) return {0, "record shorter than its header"};\n',
        to: '',
        what: 'a record shorter than its header; of length 0 it never ends',
      },
      {
        name: 'length-below-header-by-one',
        from: 'if (length < kHeaderBytes) return',
        to: 'if (length < kHeaderBytes - 1) return',
        what: 'a record one byte shorter than its header',
      },
      {
        name: 'length-above-limit',
        from: '    if (length > longest) return {0, "record longer than the ring\'s record limit"};\n',
        to: '',
        what: "a record above the ring's limit",
      },
      {
        name: 'length-above-limit-by-one',
        from: 'if (length > longest) return',
        to: 'if (length > longest + 1) return',
        what: 'a record one byte above the limit',
      },
      {
        name: 'length-above-published',
        from: '    if (padded > available - whole) return {0, "record longer than what was published"};\n',
        to: '',
        what: 'a record longer than what was published',
      },
      {
        name: 'length-above-batch',
        from: '    if (padded > count - whole) break;\n',
        to: '',
        what: 'half a record at the end of a batch',
        tests: ['ring_transfer', 'ring_hostile'],
      },
      {
        name: 'length-read-twice',
        from: '    std::memcpy(&length, out + whole, sizeof length);\n',
        to: `    std::memcpy(&length, peer_.ring() + ((static_cast<uint32_t>(head_) + whole) & mask_), sizeof length);
`,
        what: 'checks the length in shared memory, not in the copy',
      },
      {
        name: 'consumer-starts-at-zero',
        from: '  head_ = own.header().head.load(std::memory_order_relaxed);\n',
        to: '',
        what: 'does not begin where its words say',
        tests: ['ring_transfer'],
      },
    ],
  },
  {
    file: 'ring/producer.h',
    tests: ['ring_transfer', 'ring_wakeup'],
    mutants: [
      {
        name: 'tail-store-relaxed',
        from: 'own_.header().tail.store(static_cast<uint32_t>(tail_), std::memory_order_release);',
        to: 'own_.header().tail.store(static_cast<uint32_t>(tail_), std::memory_order_relaxed);',
        what: 'the tail may be seen before the bytes',
        tests: [],
        by: thread,
        model: 'tail_store',
      },
      {
        name: 'all-taken-of-a-stale-head',
        from: 'return refreshHead() && headSeen_ == tail_;',
        to: 'return headSeen_ == tail_;',
        what: 'does not look at the head at all',
        tests: ['ring_hostile', 'ring_wakeup'],
      },
      {
        name: 'all-taken-of-an-impossible-head',
        from: 'return refreshHead() && headSeen_ == tail_;',
        to: 'return !refreshHead() || headSeen_ == tail_;',
        what: 'an impossible head counts as everything taken',
        tests: ['ring_hostile'],
      },
    ],
  },
  {
    file: 'ring/producer.cc',
    tests: ['ring_hostile', 'ring_transfer'],
    mutants: [
      {
        name: 'head-load-relaxed',
        from: 'const uint32_t head = peer_.header().head.load(std::memory_order_acquire);',
        to: 'const uint32_t head = peer_.header().head.load(std::memory_order_relaxed);',
        what: 'bytes may be overwritten before the peer has copied them',
        tests: [],
        by: thread,
        model: 'head_load',
      },
      {
        name: 'head-unbounded',
        from: '  if (advance > tail_ - headSeen_) return false;\n',
        to: '',
        what: 'a head beyond what was written',
      },
      {
        name: 'head-bounded-by-the-ring',
        from: 'if (advance > tail_ - headSeen_) return false;',
        to: 'if (advance > own_.ringBytes()) return false;',
        what: 'a head beyond the tail, within the ring',
      },
      {
        name: 'head-inside-a-record',
        from: '    if (at != newHead) return false;\n',
        to: '',
        what: 'a head in the middle of a record',
      },
      {
        name: 'head-walk-always',
        from: '  if (newHead != tail_) {\n    uint64_t at',
        to: '  {\n    uint64_t at',
        what: 'walks the records also when all are taken',
        equivalent:
          "The walk from a record's beginning to the tail ends at the tail: the condition only saves time.",
      },
      {
        name: 'head-not-remembered',
        from: '  headSeen_ = newHead;\n  return true;',
        to: '  return true;',
        what: 'space that was made is never seen',
        tests: ['ring_transfer'],
      },
      {
        name: 'space-unchecked',
        from: '    if (own_.ringBytes() - (tail_ - headSeen_) < needed) return Result::full;\n',
        to: '',
        what: 'writes over what was not taken',
        tests: ['ring_transfer'],
      },
      {
        name: 'space-one-slot-too-many',
        from: '    if (own_.ringBytes() - (tail_ - headSeen_) < needed) return Result::full;\n',
        to: '    if (own_.ringBytes() - (tail_ - headSeen_) + 16 < needed) return Result::full;\n',
        what: 'writes over one slot that was not taken',
        tests: ['ring_transfer'],
      },
      {
        name: 'space-not-asked-again',
        from: '    if (!refreshHead()) return Result::broken;\n    if (own_',
        to: '    if (own_',
        what: 'full although the peer has made space',
        tests: ['ring_transfer'],
      },
      {
        name: 'space-broken-head-is-full',
        from: '    if (!refreshHead()) return Result::broken;\n    if (own_',
        to: '    if (!refreshHead()) return Result::full;\n    if (own_',
        what: 'an impossible head is no protocol error',
      },
      {
        name: 'reserve-ignored',
        from: 'alignRecord(header.length) + uint64_t{keepFree};',
        to: 'alignRecord(header.length) + uint64_t{keepFree} * 0;',
        what: "messages use the control records' reserve",
        tests: ['ring_transfer'],
      },
      {
        name: 'write-never-wraps',
        from: '  if (first < count) std::memcpy(own_.ring(), bytes + first, count - first);\n',
        to: '',
        what: "what goes behind the ring's end is lost",
        tests: ['ring_transfer'],
      },
      {
        name: 'read-back-never-wraps',
        from: '  if (first < count) std::memcpy(out + first, own_.ring(), count - first);\n',
        to: '',
        what: "what is read back ends at the ring's end",
        tests: ['ring_transfer'],
      },
      {
        name: 'tail-unaligned',
        from: '  tail_ += alignRecord(header.length);',
        to: '  tail_ += header.length;',
        what: 'records are not padded',
        tests: ['ring_transfer'],
      },
      {
        name: 'producer-starts-at-zero',
        from: '  tail_ = own.header().tail.load(std::memory_order_relaxed);\n',
        to: '',
        what: 'does not begin where its words say',
        tests: ['ring_transfer'],
      },
    ],
  },
  {
    file: 'ring/layout.h',
    tests: ['ring_layout', 'channel_hostile_client'],
    mutants: [
      {
        name: 'identity-magic',
        from: '    if (identity.magic != kSegmentMagic) return "segment has the wrong magic";\n',
        to: '',
        what: 'a segment of something else',
      },
      {
        name: 'identity-version',
        from: '    if (identity.layoutVersion != kLayoutVersion) return "segment has another layout version";\n',
        to: '',
        what: 'a segment of another layout',
      },
      {
        name: 'identity-ring-bytes',
        from: '    if (identity.ringBytes != ringBytes_) return "segment has another ring size than negotiated";\n',
        to: '',
        what: 'a segment that says another ring size',
      },
      {
        name: 'ring-bytes-smallest',
        from: 'return bytes >= kMinRingBytes && bytes <= kMaxRingBytes &&',
        to: 'return bytes <= kMaxRingBytes &&',
        what: 'a ring of no bytes',
      },
      {
        name: 'ring-bytes-largest',
        from: 'return bytes >= kMinRingBytes && bytes <= kMaxRingBytes &&',
        to: 'return bytes >= kMinRingBytes &&',
        what: 'a ring beyond every segment',
      },
      {
        name: 'ring-bytes-power-of-two',
        from: ' && (bytes & (bytes - 1)) == 0;',
        to: ';',
        what: 'a ring that no mask fits',
      },
      {
        name: 'initial-cpu-is-zero',
        from: 'header_->parked.store(kUnknownCpu, std::memory_order_relaxed);',
        to: 'header_->parked.store(0, std::memory_order_relaxed);',
        what: 'a side that has not told yet seems to run on CPU 0',
        tests: ['ring_parking'],
      },
    ],
  },
  {
    file: 'ring/record.h',
    tests: ['channel_end_to_end', 'channel_hostile_peer', 'ring_layout'],
    mutants: [
      {
        name: 'may-send-skip',
        from: 'return header.kind != kSkip && header.kind',
        to: 'return header.kind',
        what: 'sends the mark of what was dealt with',
      },
      {
        name: 'may-send-continuation',
        from: 'header.kind != kContinuation && header.kind != kAbort',
        to: 'header.kind != kAbort',
        what: "sends a piece in the transport's name",
      },
      {
        name: 'may-send-abort',
        from: 'header.kind != kAbort &&\n',
        to: 'true &&\n',
        what: "sends an abort in the transport's name",
      },
      {
        name: 'may-send-flags',
        from: '(header.flags & kTransportFlags) == 0;',
        to: 'true;',
        what: 'sends flags of the transport',
      },
    ],
  },
  {
    file: 'ring/wait_policy.cc',
    tests: ['ring_wait_policy'],
    mutants: [
      {
        name: 'policy-cpu-rule-unknown',
        from: ' && ownCpu != kUnknownCpu) return true;',
        to: ') return true;',
        what: 'two sides that know no CPU take each other for neighbours',
      },
      {
        name: 'policy-owes-answer',
        from: '!rules_.taken || !peer.owesAnswer || !peer.tookAll',
        to: '!rules_.taken || !peer.tookAll',
        what: 'the taken rule without a request',
      },
      {
        name: 'policy-took-all',
        from: '!rules_.taken || !peer.owesAnswer || !peer.tookAll',
        to: '!rules_.taken || !peer.owesAnswer',
        what: 'the taken rule before the request was taken',
      },
      {
        name: 'policy-rung',
        from: '(peer.state.asleep() && !peer.rung)',
        to: 'peer.state.asleep()',
        what: 'parks although the peer is on its way',
      },
      {
        name: 'policy-window-ceiling',
        from: 'std::min(kCeilingNs, std::max(kFirstWindowNs, windowNs_ * 2))',
        to: 'std::max(kFirstWindowNs, windowNs_ * 2)',
        what: 'spins beyond the ceiling',
      },
      {
        name: 'policy-no-shrink',
        from: '    windowNs_ = 0;\n',
        to: '',
        what: 'goes on spinning where waits are long',
      },
    ],
  },
];
