// Mutants of the bytes of segments and records. See index.mjs.
export const layout = [
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
];
