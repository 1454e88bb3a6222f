// Mutants of packages/native/src/channel: the handshake and its parser. See index.mjs.
export const handshake = [
  {
    file: 'channel/handshake_messages.cc',
    tests: ['channel_messages'],
    mutants: [
      {
        name: 'text-limit',
        from: '    if (size > limit) good_ = false;\n',
        to: '',
        what: 'a text beyond its limit',
      },
      {
        name: 'text-beyond-message',
        from: '    if (!good_ || !take(size)) return {};\n',
        to: '    if (!good_) return {};\n    take(size);\n',
        what: "a text beyond the message's end",
        by: [{ test: 'channel_messages', sanitize: 'address,undefined' }],
      },
      {
        name: 'read-beyond-message',
        from: 'if (!good_ || bytes_.size() - at_ < count) return good_ = false;',
        to: 'if (!good_) return false;',
        what: "reads beyond the message's end",
      },
      {
        name: 'read-after-failure',
        from: 'if (!good_ || bytes_.size() - at_ < count) return good_ = false;',
        to: 'if (bytes_.size() - at_ < count) return good_ = false;',
        what: 'goes on reading after something was wrong',
        equivalent:
          'good_ stays false and so nothing is accepted; every read is still within the message. The check only ends it sooner.',
      },
      {
        name: 'extra-bytes',
        from: 'bool done() const { return good_ && at_ == bytes_.size(); }',
        to: 'bool done() const { return good_; }',
        what: 'bytes behind a message',
      },
      {
        name: 'done-though-bad',
        from: 'bool done() const { return good_ && at_ == bytes_.size(); }',
        to: 'bool done() const { return at_ == bytes_.size(); }',
        what: 'accepts what was found wrong',
      },
      {
        name: 'message-magic',
        from: '    require(number<uint32_t>() == kHandshakeMagic);\n',
        to: '    number<uint32_t>();\n',
        what: 'a message of something else',
      },
      {
        name: 'message-type',
        from: '    require(number<uint16_t>() == static_cast<uint16_t>(type));\n',
        to: '    (void)type;\n    number<uint16_t>();\n',
        what: 'one message for another',
      },
      {
        name: 'least-message-bytes',
        from: '    require(self.maxMessageBytes >= kLeastMaxMessageBytes);\n',
        to: '',
        what: 'a limit too small for any error',
      },
      {
        name: 'most-blob-bytes',
        from: 'require(self.maxBlobBytes <= kMostBlobBytes && self.maxFds <= kMostFds);',
        to: 'require(self.maxFds <= kMostFds);',
        what: 'blobs beyond any address space',
      },
      {
        name: 'most-fds',
        from: 'require(self.maxBlobBytes <= kMostBlobBytes && self.maxFds <= kMostFds);',
        to: 'require(self.maxBlobBytes <= kMostBlobBytes);',
        what: 'more descriptors than the kernel carries',
      },
      {
        name: 'version-range-backwards',
        from: '  reader.require(hello.minVersion <= hello.maxVersion);\n',
        to: '',
        what: 'a range of versions that runs backwards',
      },
      {
        name: 'welcome-flags',
        from: `  reader.require((flags & ~(kHasBell | kHasPidfd)) == 0);
  welcome.hasBell`,
        to: '  welcome.hasBell',
        what: 'unknown flags in WELCOME',
      },
      {
        name: 'attach-flags',
        from: `  reader.require((flags & ~(kHasBell | kHasPidfd)) == 0);
  attach.hasBell`,
        to: '  attach.hasBell',
        what: 'unknown flags in ATTACH',
      },
      {
        name: 'attach-clock',
        from: '  reader.require(isPossibleClockOffset(attach.clockOffsetNs));\n',
        to: '',
        what: 'an impossible clock',
      },
      {
        name: 'refuse-code-range',
        from: '  reader.require(refuse.code >= 1 && refuse.code <= 16);\n',
        to: '',
        what: 'a status code that is none',
      },
      {
        name: 'peek-type-low',
        from: 'type < static_cast<uint16_t>(MessageType::hello) ||\n',
        to: 'false ||\n',
        what: 'type 0 has a name',
      },
      {
        name: 'peek-type-high',
        from: 'type > static_cast<uint16_t>(MessageType::taken)) {',
        to: 'false) {',
        what: 'a type beyond the last has a name',
      },
      {
        name: 'peek-magic',
        from: 'if (magic != kHandshakeMagic || type <',
        to: 'if (type <',
        what: 'names what is none of ours',
      },
      {
        name: 'peek-versions-cut-short',
        from: 'if (!reader.intact() || oldest > newest) return std::nullopt;',
        to: 'if (oldest > newest) return std::nullopt;',
        what: 'versions of a HELLO that ends before them',
        tests: ['channel_versions'],
      },
      {
        name: 'peek-versions-backwards',
        from: 'if (!reader.intact() || oldest > newest) return std::nullopt;',
        to: 'if (!reader.intact()) return std::nullopt;',
        what: 'a range of versions that runs backwards',
        tests: ['channel_versions'],
      },
      {
        name: 'written-text-unbounded',
        from: 'const auto size = std::min(value.size(), limit);',
        to: '(void)limit;\n    const auto size = value.size();',
        what: 'writes a text that no peer accepts',
      },
    ],
  },
  {
    file: 'channel/handshake_half.cc',
    tests: ['channel_hostile_client', 'channel_hostile_server', 'channel_handshake'],
    mutants: [
      {
        name: 'half-descriptor-count',
        from: '  if (fds.size() != expected) {',
        to: '  if (fds.empty()) {',
        what: 'other descriptors than were announced',
      },
      {
        name: 'half-identity',
        from: `  if (const char* problem = ring::PeerSegmentView(parts.peer.data(), ringBytes).identityProblem())
    return Problem{problem};
`,
        to: ``,
        what: 'a segment whose identity nobody looked at',
      },
      {
        name: 'half-bell',
        from: `if (auto fine = os::checkEventBell(fds[1].get()); !fine) return problemOf(fine.error());`,
        to: ``,
        what: 'a bell that is none, or could block us',
      },
      {
        name: 'half-pidfd',
        from: `if (auto fine = os::checkPidfd(pidfd.get()); !fine) return problemOf(fine.error());`,
        to: ``,
        what: 'a pidfd that is none',
      },
      {
        name: 'half-sealed',
        from: '  if (auto sealed = os::sealSegment(parts.own); !sealed) return sealed.error();\n',
        to: '',
        what: 'sends a segment that can still be changed',
      },
      {
        name: 'handshake-truncated',
        from: `  else if (message.value().truncated)
    received.problem = Problem{"handshake message or its descriptors truncated or too many"};
`,
        to: ``,
        what: 'a message that was cut off',
      },
      {
        name: 'log-words-unbounded',
        from: 'std::string line = words.substr(0, kMost);',
        to: 'std::string line = words;',
        what: 'a peer writes any amount into the log',
      },
      {
        name: 'log-words-raw',
        from: "if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = ' ';",
        to: '(void)c;',
        what: 'a peer writes lines of its own into the log',
      },
    ],
  },
  {
    file: 'channel/handshake_server.cc',
    tests: ['channel_hostile_client', 'channel_hostile_server', 'channel_handshake'],
    mutants: [
      {
        name: 'ring-wish-unbounded',
        from: 'while (bytes < wished && bytes <= bound / 2) bytes *= 2;',
        to: 'while (bytes < wished && bytes <= ring::kMaxRingBytes / 2) bytes *= 2;\n  (void)bound;',
        what: 'a client makes the ring as large as it likes',
      },
      {
        name: 'hello-with-descriptors',
        from: 'step_ == Step::awaitAttach ? kMaxDescriptors : 0);',
        to: 'kMaxDescriptors);',
        what: 'takes descriptors with a message that carries none',
      },
      {
        name: 'server-out-of-turn',
        from: '  return fail(kInvalidArgument, "handshake message out of turn");',
        to: '  return HandshakePending{};',
        what: 'a message out of turn is ignored',
      },
      {
        name: 'version-no-meeting',
        from: `offered->newest < versions_.oldest || offered->oldest > versions_.newest`,
        to: `offered->oldest > versions_.newest`,
        what: 'a client that only speaks older versions',
      },
      {
        name: 'version-no-meeting-newer',
        from: `offered->newest < versions_.oldest || offered->oldest > versions_.newest`,
        to: `offered->newest < versions_.oldest`,
        what: 'a client that only speaks newer versions',
      },
      {
        name: 'version-newest',
        from: `std::min(hello_.maxVersion, versions_.newest);`,
        to: `hello_.maxVersion;`,
        what: 'picks a version that this side does not speak',
      },
      {
        name: 'welcome-out-of-turn',
        from: `  if (step_ != Step::awaitDecision)
    return give(kFailedPrecondition, "handshake is not waiting for a decision");
`,
        to: '',
        what: 'WELCOME before HELLO',
      },
      {
        name: 'attach-bell',
        from: `  if (attach->hasBell != sameUid(credentials_))
    return fail(kInvalidArgument, "ATTACH without the agreed bell");
`,
        to: '',
        what: 'a bell of another uid',
      },
      {
        name: 'attach-problem-ignored',
        from: `  if (problem) return fail(codeOf(*problem, kInvalidArgument), problem->message);
  parts_.own`,
        to: `  parts_.own`,
        what: 'goes on with a half that is wrong',
      },
      {
        name: 'server-descriptor-kept',
        from: '  parts_.own.fd.reset();\n  parts_.clockOffsetNs',
        to: '  parts_.clockOffsetNs',
        what: "the server keeps its segment's descriptor",
      },
    ],
  },
  {
    file: 'channel/handshake_client.cc',
    tests: ['channel_hostile_client', 'channel_hostile_server', 'channel_handshake'],
    mutants: [
      {
        name: 'welcome-version-low',
        from: `welcome->version < hello_.minVersion || welcome->version > hello_.maxVersion`,
        to: `welcome->version > hello_.maxVersion`,
        what: 'a server chooses a version older than any',
      },
      {
        name: 'welcome-version-high',
        from: `welcome->version < hello_.minVersion || welcome->version > hello_.maxVersion`,
        to: `welcome->version < hello_.minVersion`,
        what: 'a server chooses a version that was not offered',
      },
      {
        name: 'welcome-client-ring',
        from: `if (!ring::isValidRingBytes(welcome->clientRingBytes) ||
      welcome->clientRingBytes`,
        to: `if (welcome->clientRingBytes`,
        what: 'a server chooses a client ring that is none',
      },
      {
        name: 'welcome-client-ring-larger',
        from: '      welcome->clientRingBytes > hello_.ringBytes ||\n',
        to: '',
        what: 'a server chooses a larger client ring than was offered',
      },
      {
        name: 'welcome-server-ring',
        from: '      !ring::isValidRingBytes(welcome->serverRingBytes)) {',
        to: '      false) {',
        what: 'a server has a ring that is none',
      },
      {
        name: 'welcome-bell',
        from: `  if (welcome->hasBell != withBell)
    return fail(kUnavailable, "server sent WELCOME without the agreed bell");
`,
        to: '',
        what: 'a server of another uid with a bell',
      },
      {
        name: 'welcome-problem-ignored',
        from: `  if (problem) return fail(codeOf(*problem, kUnavailable), problem->message);
  if (auto failed`,
        to: `  if (auto failed`,
        what: 'goes on with a half that is wrong',
      },
      {
        name: 'welcome-clock',
        from: '  if (!isPossibleClockOffset(offset)) return fail(kUnavailable, "server has an impossible clock");\n',
        to: '',
        what: 'a server with an impossible clock',
      },
      {
        name: 'clock-journey',
        from: 'offset >= -journey && offset <= journey ? 0 : offset;',
        to: 'offset;',
        what: 'takes the journey for another clock',
      },
      {
        name: 'ready-out-of-turn',
        from: 'if (step_ == Step::awaitReady && isBare(bytes, MessageType::ready)) {',
        to: 'if (isBare(bytes, MessageType::ready)) {',
        what: 'READY where WELCOME was due',
      },
      {
        name: 'ready-anything',
        from: 'if (step_ == Step::awaitReady && isBare(bytes, MessageType::ready)) {',
        to: 'if (step_ == Step::awaitReady) {',
        what: 'anything counts as READY',
      },
      {
        name: 'client-descriptor-kept',
        from: '  parts_.own.fd.reset();\n  parts_.remote = std::move(welcome->self);',
        to: '  parts_.remote = std::move(welcome->self);',
        what: "the client keeps its segment's descriptor",
      },
    ],
  },
];
