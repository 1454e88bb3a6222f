/*
 * The rings: Producer, Consumer, and the queue before them (Outbound).
 *
 * Positions count slots, not bytes, and do not wrap. A record takes one slot, a LARGE one two, so that the space made
 * may still be too little. A slot holds which record it belongs to: position and kind.
 */
#define ONEWAY 1
#define CALL   2
#define REPLY  3
#define LARGE  4

#define slotOf(position)        (SLOT + (position) % CAPACITY)
#define record(position, kind)  (((position) << 3) + kind)
#define slots(kind)             (1 + (kind == LARGE))

/* Producer::refreshHead */
inline refreshHead() {
  load(peer, HEAD, headSeen, order(head_load));
#ifdef TSO
  knownCopied = headSeen
#else
  /* Only when a release is acquired does the peer's copying happen before what this side does next. */
  if
  :: order(head_load) == ORDERED && order(head_store) == ORDERED -> knownCopied = headSeen
  :: else
  fi
#endif
}

#define front      queue[0]
#define noRoom     (CAPACITY - (tail - headSeen) < slots(front))

/* Producer::write behind its check for space. */
inline copyIn() {
  must(tail + slots(front) - your.copied <= CAPACITY, overwritten_before_read);
  must(tail + slots(front) - knownCopied <= CAPACITY, overwritten_before_read);
  store(me, slotOf(tail), record(tail, front), RELAXED);
  if
  :: front == LARGE -> store(me, slotOf(tail + 1), record(tail, front), RELAXED)
  :: else
  fi;
  tail = tail + slots(front);
  queued--;
  front = queue[1]; queue[1] = queue[2]; queue[2] = 0
}

/* Producer::publish */
inline publish(position) {
  my.published = position;
  store(me, TAIL, position, order(tail_store))
}

/*
 * Outbound::pump, then Channel::publish. Here all that is sent comes through the queue, which Outbound::send spares
 * itself when that is empty; its loads and stores are the same. Publishing after any number of records stands for
 * several calls of send, too.
 */
inline pump() {
  atomic {
    tailBefore = tail;
    do
    :: queued > 0 ->
       if :: noRoom && !bug(full_check) -> refreshHead() :: else fi;
       if :: noRoom && !bug(full_check) && !bug(full_recheck) -> fullAtHead = headSeen; break :: else fi;
       if :: bug(bytes_before_tail) -> publish(tail + slots(front)) :: else fi;
       copyIn()
    :: queued == 0 || tail != tailBefore -> break
    od;
    if :: tail != my.published && !bug(publish_before_ring) -> publish(tail) :: else fi
  };
  if
  :: tail != tailBefore ->
     if :: !bug(ring_for_data) -> wake(DATA) :: else fi;
     if :: bug(publish_before_ring) -> atomic { publish(tail) } :: else fi;
     worked = true
  :: else
  fi;
  tailBefore = 0
}

/* Channel::send; `pump` comes next. */
inline send(what) {
  must(queued < 3, queue_too_small);
  queue[queued] = what;
  queued++
}

/* The copying of Consumer::drain, with its checks: each record is the one that belongs there, and whole. */
inline copyOut() {
  d_step {
    do
    :: my.copied < tailSeen ->
       must((segment[peer].word[slotOf(my.copied)] >> 3) == my.copied, read_before_written);
       kind = segment[peer].word[slotOf(my.copied)] & 7;
       must(kind != 0, read_before_written);
       if
       :: kind == LARGE ->
          must(segment[peer].word[slotOf(my.copied + 1)] == record(my.copied, LARGE), read_before_written)
       :: else
       fi;
       if :: kind == CALL -> calls++ :: kind == REPLY -> replies++ :: else -> others++ fi;
       my.copied = my.copied + slots(kind)
    :: else -> break
    od;
    kind = 0
  }
}

/* Consumer::publishHead */
inline publishHead() {
  head = tailSeen;
  store(me, HEAD, head, order(head_store))
}

#define tookAny (calls + replies + others > 0)

/* Channel::drain: what was taken is counted in `calls`, `replies` and `others`, and may be acted on from now on. */
inline drain() {
  atomic {
    load(peer, TAIL, tailSeen, order(tail_load));
    if
    :: tailSeen == head
    :: else ->
       if :: !bug(copy_before_head) -> copyOut() :: else fi;
       if :: bug(head_before_run) -> my.executed = my.copied :: else fi;
       if :: !bug(head_before_run) && !bug(head_before_ring) -> publishHead() :: else fi
    fi
  };
  if :: bug(copy_before_head) -> copyOut() :: else fi;
  if
  :: tookAny ->
     if :: bug(head_before_run) -> step(); atomic { publishHead() } :: else fi;
     if :: !bug(ring_for_space) -> wake(SPACE) :: else fi;
     if :: bug(head_before_ring) -> atomic { publishHead() } :: else fi
  :: else
  fi
}
