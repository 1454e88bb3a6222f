// Mutants of descriptors that travel beside records. See index.mjs.
export const descriptors = [
  {
    file: 'channel/fd_passing.cc',
    tests: ['channel_fds', 'channel_hostile_fds', 'channel_fd_credit'],
    mutants: [
      {
        name: 'fds-unwanted',
        from: '  if (maxSend_ == 0) return {FdSend::unwanted};\n',
        to: '',
        what: 'sends descriptors to who takes none',
      },
      {
        name: 'fds-none',
        from: '  if (fds.empty()) return {FdSend::bad};\n',
        to: '',
        what: 'a message of no descriptors',
      },
      {
        name: 'fds-too-many',
        from: '  if (fds.size() > maxSend_) return {FdSend::tooMany};\n',
        to: '',
        what: 'more descriptors than the peer takes',
      },
      {
        name: 'fds-numbers-used-up',
        from: '  if (lastSent_ == UINT32_MAX) return {FdSend::noRoom};\n',
        to: '',
        what: 'a number is used again after 2^32 messages',
        equivalent: 'Sending 2^32 messages with descriptors takes hours; no test can.',
      },
      {
        name: 'fds-order',
        from: '  if (message.id != lastReceived_ + 1 || message.id == 0) return "descriptors out of order";\n',
        to: '',
        what: 'descriptors out of order',
      },
      {
        name: 'fds-order-zero',
        from: 'if (message.id != lastReceived_ + 1 || message.id == 0) return',
        to: 'if (message.id != lastReceived_ + 1) return',
        what: 'number 0 after 2^32 messages',
        equivalent: 'Only the message after number 2^32 - 1 could be number 0, and no test can send so many.',
      },
      {
        name: 'fds-count-none',
        from: 'if (message.count == 0 || message.count > maxReceive_) {',
        to: 'if (message.count > maxReceive_) {',
        what: 'a message of no descriptors is taken',
      },
      {
        name: 'fds-count-too-many',
        from: 'if (message.count == 0 || message.count > maxReceive_) {',
        to: 'if (message.count == 0) {',
        what: 'more descriptors than this side takes',
      },
      {
        name: 'fds-count-wrong',
        from: '  if (!lost && message.count != fds.size()) return "message without the descriptors that it counts";\n',
        to: '',
        what: 'fewer descriptors than the message counts',
      },
      {
        name: 'fds-held-unbounded',
        from: '  } else if (lost || heldFds_ + fds.size() > mostHeld_) {',
        to: '  } else if (lost) {',
        what: 'holds any number of descriptors of who does not count them',
      },
      {
        name: 'fds-lost-held',
        from: '  if (held.fds.empty()) return {FdTake::lost, {}};\n',
        to: '',
        what: 'a message whose descriptors were lost counts as come',
      },
      {
        name: 'fds-ticket-of-the-future',
        from: '  if (ticket == 0 || ticket > lastReceived_) return {FdTake::neverCame, {}};\n',
        to: '',
        what: 'a ticket that never came counts as lost',
      },
      {
        name: 'fds-ticket-zero',
        from: '  if (ticket == 0 || ticket > lastReceived_) return',
        to: '  if (ticket > lastReceived_) return',
        what: 'ticket 0 counts as lost',
      },
      {
        name: 'fds-held-not-given-back',
        from: '  heldFds_ -= held.fds.size();\n',
        to: '',
        what: 'taken descriptors are still counted',
      },
      {
        name: 'fds-credit-ignored',
        from: '    if (used_ > mostHeld_) return "descriptors beyond the credit for them";\n',
        to: '',
        what: 'holds more descriptors than there was credit for',
      },
      {
        name: 'fds-credit-for-nothing',
        from: 'if (fds == 0 || fds > underWay_) return false;',
        to: 'if (fds == 0) return false;',
        what: 'credit for more than is under way',
      },
      {
        name: 'fds-sent-beyond-credit',
        from: `  if (credit_ && underWay_ + fds.size() > most)
    return {underWay_ > 0 ? FdSend::later : FdSend::noRoom};
`,
        to: '  (void)most;\n',
        what: 'sends more than there is credit for',
      },
      {
        name: 'fds-credit-kept',
        from: '  used_ -= owed_;\n',
        to: '',
        what: 'credit that was given back counts as used',
      },
      {
        name: 'fds-credit-all-for-items',
        from: 'item ? mostUnderWay_ / 2 : mostUnderWay_',
        to: 'mostUnderWay_',
        what: 'items leave no credit to calls',
      },
      {
        name: 'fds-credit-of-what-is-lost',
        from: '  if (credit_) owed_ += held.count;\n',
        to: '  if (credit_) owed_ += static_cast<uint32_t>(held.fds.size());\n',
        what: 'what was lost is never given back',
      },
      {
        name: 'fds-full-socket',
        from: '      return {underWay_ > 0 ? FdSend::later : FdSend::noRoom};\n    default:',
        to: '      return {FdSend::noRoom};\n    default:',
        what: 'a full socket is an error, though there will be room',
      },
    ],
  },
  {
    file: 'channel/socket_messages.cc',
    tests: ['channel_fds', 'channel_hostile_fds', 'channel_arena'],
    mutants: [
      {
        name: 'socket-message-size',
        from: '  if (in.size() != kSocketMessageBytes) return std::nullopt;\n',
        to: '  if (in.size() < kSocketMessageBytes) return std::nullopt;\n',
        what: 'a message with more behind it',
      },
      {
        name: 'socket-message-magic',
        from: 'if (bytes.magic != kMagic || bytes.zero != 0 || !known)',
        to: 'if (bytes.zero != 0 || !known)',
        what: 'a message of something else',
      },
      {
        name: 'socket-message-zero',
        from: 'if (bytes.magic != kMagic || bytes.zero != 0 || !known)',
        to: 'if (bytes.magic != kMagic || !known)',
        what: 'a message with something where nothing may be',
      },
      {
        name: 'socket-message-type',
        from: 'if (bytes.magic != kMagic || bytes.zero != 0 || !known)',
        to: 'if (bytes.magic != kMagic || bytes.zero != 0)',
        what: 'a message of no known type',
      },
    ],
  },
];
