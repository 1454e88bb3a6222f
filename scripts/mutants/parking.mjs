// Mutants of who sleeps, who wakes whom, and when to spin. See index.mjs.
export const parking = [
  {
    file: 'ring/parking.h',
    tests: ['ring_parking', 'ring_wakeup', 'channel_wake'],
    mutants: [
      {
        name: 'park-fence-gone',
        from: `    DOORCALL_FAILPOINT("park.stored");
    std::atomic_thread_fence(std::memory_order_seq_cst);
  }`,
        to: '  }',
        what: 'no fence between parked and the look after it',
        model: 'fence_of_park',
      },
      {
        name: 'park-fence-weak',
        from: `    DOORCALL_FAILPOINT("park.stored");
    std::atomic_thread_fence(std::memory_order_seq_cst);
  }`,
        to: '    std::atomic_thread_fence(std::memory_order_acq_rel);\n  }',
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
