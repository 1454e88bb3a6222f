// Mutants of packages/native/src/arena and of both arenas of a channel. See index.mjs.
export const arena = [
  {
    file: 'arena/range_set.cc',
    tests: ['arena_memory'],
    mutants: [
      {
        name: 'ranges-add-touching',
        from: 'std::prev(next)->second >= range.from) {',
        to: 'std::prev(next)->second > range.from) {',
        what: 'ranges that touch stay apart',
        equivalent:
          'Ranges kept apart answer every question as joined ones do: joining them only keeps the set small.',
      },
      {
        name: 'ranges-add-shrinks',
        from: 'range.to = std::max(range.to, before->second);\n',
        to: '',
        what: 'adding a part makes a range shorter',
      },
      {
        name: 'ranges-add-swallows',
        from: 'range.to = std::max(range.to, next->second);\n',
        to: '',
        what: 'adding over a longer range makes it shorter',
      },
      {
        name: 'ranges-remove-front',
        from: 'if (found.from < range.from) ends_.emplace(found.from, range.from);\n',
        to: '',
        what: 'removing takes what lies in front, too',
      },
      {
        name: 'ranges-remove-back',
        from: 'if (found.to > range.to) ends_.emplace(range.to, found.to);\n',
        to: '',
        what: 'removing takes what lies behind, too',
      },
      {
        name: 'ranges-overlap-touching',
        from: 'return next != ends_.begin() && std::prev(next)->second > range.from;',
        to: 'return next != ends_.begin() && std::prev(next)->second >= range.from;',
        what: 'ranges that touch count as overlapping',
      },
      {
        name: 'ranges-missing-end',
        from: '  if (from < range.to) gaps.push_back({from, range.to});\n',
        to: '',
        what: 'the last gap is not seen',
      },
      {
        name: 'ranges-missing-begin',
        from: '    if (at->first > from) gaps.push_back({from, at->first});\n',
        to: '',
        what: 'gaps between ranges are not seen',
      },
      {
        name: 'ranges-empty-added',
        from: `void RangeSet::add(Range range) {
  if (range.from >= range.to) return;
`,
        to: 'void RangeSet::add(Range range) {\n',
        what: 'a range of nothing is kept',
      },
      {
        name: 'ranges-empty-overlaps',
        from: `bool RangeSet::overlaps(Range range) const {
  if (range.from >= range.to) return false;
`,
        to: 'bool RangeSet::overlaps(Range range) const {\n',
        what: 'a range of nothing overlaps',
      },
    ],
  },
  {
    file: 'arena/allocator.cc',
    tests: ['arena_memory'],
    mutants: [
      {
        name: 'allocator-first-place',
        from: '    if (size < bytes) continue;\n',
        to: '',
        what: 'gives a place that is too small',
      },
      {
        name: 'allocator-rest-lost',
        from: '    if (size > bytes) free_.emplace(offset + bytes, size - bytes);\n',
        to: '',
        what: 'the rest of a place is lost',
      },
      {
        name: 'allocator-join-next',
        from: '    bytes += next->second;\n',
        to: '',
        what: 'a neighbour behind is lost',
      },
      {
        name: 'allocator-join-before',
        from: '    if (before->first + before->second == offset) {',
        to: '    if (before->first + before->second <= offset) {',
        what: 'joins places between which another lies',
      },
      {
        name: 'allocator-recent-kept',
        from: '  recent_.clear();\n',
        to: '',
        what: 'a place is free twice',
      },
      {
        name: 'allocator-recent-not-taken',
        from: '    recent->second.pop_back();\n',
        to: '',
        what: 'a place is given twice',
      },
      {
        name: 'allocator-free-uncounted',
        from: '  if (found) freeBytes_ -= bytes;\n',
        to: '',
        what: 'what is given counts as free',
      },
      {
        name: 'allocator-beyond',
        from: '} else if (bytes <= freeBytes_) {',
        to: '} else {',
        what: 'looks for what there cannot be',
        equivalent: 'No place is large enough then, and the search says so: the condition only saves it.',
      },
    ],
  },
  {
    file: 'channel/own_arena.cc',
    tests: ['channel_arena', 'channel_hostile_arena', 'channel_arena_memory'],
    mutants: [
      {
        name: 'own-allocate-closed',
        from: '  if (closed_) return {Problem::closed, {}};\n  if (quota_ == 0)',
        to: '  if (quota_ == 0)',
        what: 'allocates for a connection that is gone',
      },
      {
        name: 'own-allocate-unwanted',
        from: '  if (quota_ == 0) return {Problem::unwanted, {}};\n',
        to: '',
        what: 'allocates for a peer that takes no blobs',
      },
      {
        name: 'own-allocate-overflow',
        from: '  if (bytes > quota_) return {Problem::quota, {}};\n',
        to: '',
        what: 'a size that overflows when it is rounded',
      },
      {
        name: 'own-allocate-quota',
        from: '  if (allocatedBytes_ + whole > roundUpTo(page_, quota_)) return {Problem::quota, {}};\n',
        to: '',
        what: 'allocates beyond what the peer takes',
      },
      {
        name: 'own-commit-undone',
        from: '      segment.allocator.free(found.offset, whole);\n',
        to: '',
        what: 'memory that could not be had is never free again',
      },
      {
        name: 'own-commit-skipped',
        from: 'if (!os::commitArenaMemory(segment.file.fd.get(), gap.from, gap.to - gap.from)) {',
        to: 'if (false) {',
        what: 'memory that nobody has taken: SIGBUS when there is none',
      },
      {
        name: 'own-segments-unbounded',
        from: `  if (needed > left) return Problem::quota;
`,
        to: ``,
        what: 'any number of segments',
      },
      {
        name: 'own-find-beyond',
        from: 'into <= piece->second.asked && bytes <= piece->second.asked - into;',
        to: 'into <= piece->second.asked;',
        what: 'bytes that only begin in a piece',
      },
      {
        name: 'own-find-behind',
        from: 'into <= piece->second.asked && bytes <= piece->second.asked - into;',
        to: 'bytes <= piece->second.asked - into;',
        what: 'bytes that begin behind a piece',
      },
      {
        name: 'own-dispose-other',
        from: 'if (found == pieces_.end() || found->second.serial != memory.serial) return;',
        to: 'if (found == pieces_.end()) return;',
        what: "frees memory that is another's by now",
      },
      {
        name: 'own-lend-closed',
        from: '  if (closed_) return {Problem::closed, {}};\n  const auto found = pieces_.find(',
        to: '  const auto found = pieces_.find(',
        what: 'lends over a connection that is gone',
      },
      {
        name: 'own-lend-quota',
        from: '  if (lentBytes_ + whole > roundUpTo(page_, quota_)) return {Problem::quota, {}};\n',
        to: '',
        what: 'lends beyond what the peer takes',
      },
      {
        name: 'own-take-back-unknown',
        from: '  if (loan == loans_.end()) return false;\n',
        to: '  if (loan == loans_.end()) return true;\n',
        what: 'a release of what is not lent is believed',
      },
      {
        name: 'own-freed-while-owned',
        from: '  if (piece.owned || piece.loans > 0) return;',
        to: '  if (piece.loans > 0) return;',
        what: 'frees memory whose owner still has it',
      },
      {
        name: 'own-freed-while-lent',
        from: '  if (piece.owned || piece.loans > 0) return;',
        to: '  if (piece.owned) return;',
        what: 'frees memory that the peer still reads',
      },
      {
        name: 'own-lent-bytes-kept',
        from: '  lentBytes_ -= loan->second.bytes;\n',
        to: '',
        what: 'what came back counts as lent',
      },
      {
        name: 'own-allocated-bytes-kept',
        from: '  allocatedBytes_ -= piece.bytes;\n',
        to: '',
        what: 'what was freed counts as allocated',
      },
    ],
  },
  {
    file: 'channel/peer_arena.cc',
    tests: ['channel_arena', 'channel_hostile_arena', 'channel_arena_memory'],
    mutants: [
      {
        name: 'peer-segment-order',
        from: '  if (id != segments_.size() + 1) return "segment out of order";\n',
        to: '',
        what: 'segments in any order',
      },
      {
        name: 'peer-segment-sealed',
        from: '  if (!bytes) return "segment of an arena that is no sealed memory";\n',
        to: '  if (!bytes) return nullptr;\n',
        what: 'a segment that is no sealed memory is ignored',
      },
      {
        name: 'peer-segment-small',
        from: 'if (bytes.value() < kLeastSegmentBytes || bytes.value() % page_ != 0) {',
        to: 'if (bytes.value() % page_ != 0) {',
        what: 'many small segments',
      },
      {
        name: 'peer-segment-pages',
        from: 'if (bytes.value() < kLeastSegmentBytes || bytes.value() % page_ != 0) {',
        to: 'if (bytes.value() < kLeastSegmentBytes) {',
        what: 'a segment of broken pages',
      },
      {
        name: 'peer-segment-most',
        from: 'if (bytes.value() > most || segmentBytes_ > most - bytes.value()) {',
        to: 'if (bytes.value() > most) {',
        what: 'segments beyond the limit together',
      },
      {
        name: 'peer-segment-most-alone',
        from: 'if (bytes.value() > most || segmentBytes_ > most - bytes.value()) {',
        to: 'if (segmentBytes_ > most - bytes.value()) {',
        what: 'one segment beyond the limit',
      },
      {
        name: 'peer-slot-zero',
        from: '  if (place.slot == 0) return "blob in no slot";\n',
        to: '',
        what: 'a blob in no slot',
      },
      {
        name: 'peer-blob-empty',
        from: 'if (place.length == 0 || place.offset > size || place.length > size - place.offset) {',
        to: 'if (place.offset > size || place.length > size - place.offset) {',
        what: 'a blob of nothing',
      },
      {
        name: 'peer-blob-offset',
        from: 'if (place.length == 0 || place.offset > size || place.length > size - place.offset) {',
        to: 'if (place.length == 0 || place.length > size - place.offset) {',
        what: 'a blob that begins behind its segment',
      },
      {
        name: 'peer-blob-length',
        from: 'if (place.length == 0 || place.offset > size || place.length > size - place.offset) {',
        to: 'if (place.length == 0 || place.offset > size) {',
        what: 'a blob that ends behind its segment',
      },
      {
        name: 'peer-slot-held',
        from: '  if (serialOf_.contains(place.slot)) return "blob in a slot that is still held";\n',
        to: '',
        what: 'two blobs in one slot',
      },
      {
        name: 'peer-held-quota',
        from: '  if (heldBytes_ + bytes > roundUpTo(page_, quota_)) return {"more blobs than this side holds"};\n',
        to: '',
        what: 'more blobs than this side takes',
      },
      {
        name: 'peer-views-overlap',
        from: 'if (!segment.viewed.overlaps(pages)) {',
        to: 'if (true) {',
        what: 'two views on one page',
      },
      {
        name: 'peer-commit-skipped',
        from: `if (map(segment) && commit(segment, pages)) {`,
        to: `if (map(segment)) {`,
        what: 'reads holes: SIGBUS when there is no memory',
      },
      {
        name: 'peer-held-kept',
        from: '  heldBytes_ -= bytes;\n',
        to: '',
        what: 'what was given back counts as held',
      },
      {
        name: 'peer-viewed-kept',
        from: '  segment.viewed.remove(held.pages);\n',
        to: '',
        what: 'pages stay under a view that is gone',
      },
      {
        name: 'peer-written-kept',
        from: '    written_->drop(static_cast<uint8_t*>(segment.memory.data()) + held.pages.from, bytes);\n',
        to: '',
        what: 'stale pages show when memory is used again',
      },
    ],
  },
];
