/*
 * One side: Turn::onPrepare and onCheck, Connection::serve, hasWork, noticeEnd and callSync.
 *
 * The two sides are the same program. What each does of its own accord is the scenario's: it sends so many messages
 * (`budget`), may wait for the reply of a call in a synchronous call, may close, may be killed at any step. It may do
 * each of them at any time, and none of it is certain: a side that is woken only by its own next message would hide
 * that nobody else wakes it. For the same reason there is no timer: no slice of 20 ms, no grace, no linger. What the
 * protocol owes is a wake, not that somebody looks by chance later. Nor is the socket shut down at a close.
 *
 * A step is an atomic sequence with one load, one fence or one system call in it, and the stores
 * that follow: a store may stand right behind the step before it, since nobody has to see it so early (memory.pml).
 */

/* Connection::reads; once it closes, it takes no more. */
#define reads (!lingering || bug(no_drain_once_closed))

/* How things stand when this side goes to sleep, for whoever looks at it once nothing moves any more. */
inline note() {
  my.head = head;
  my.tail = tail;
  my.wants = (queued > 0 -> slots(front) : 0);
  my.undelivered = aside > 0 || inSync;
  my.lingers = lingering;
  my.asleep = true
}
inline forget() {
  my.asleep = false;
  my.head = 0; my.tail = 0; my.wants = 0; my.undelivered = false; my.lingers = false
}

/* ---- Connection ------------------------------------------------------------------------------------------------- */

/* Handlers run: a call is answered at once. */
inline deliver() {
  my.executed = my.copied;
  must(your.resent == 0 || my.executed < your.resent, executed_yet_untaken);
  do
  :: calls > 0 -> calls--; send(REPLY)
  :: else -> break
  od;
  others = 0; replies = 0; aside = 0;
  worked = true
}

/* Channel::peerClosed. Where nobody ever closes, the word is not worth a step. */
inline lookForEnd() {
#ifdef CLOSES
  atomic { load(peer, CLOSED, closedSeen, order(closed_load)) }
#else
  skip
#endif
}

/* Connection::noticeEnd. `closed` is read before the ring: what the peer wrote before it closed is still to be found. */
inline noticeEnd() {
  if :: lingering && queued == 0 -> goto finish :: else fi;
  if :: bug(closed_before_input) -> atomic { load(peer, TAIL, tailSeen, ORDERED) } :: else fi;
  lookForEnd();
  if
  :: closedSeen || exited ->
     if :: !bug(closed_before_input) -> atomic { load(peer, TAIL, tailSeen, ORDERED) } :: else fi;
     if :: reads && (aside > 0 || tailSeen != head) :: else -> goto finish fi
  :: else
  fi
}

/* Channel::hasNewSpace. Against the head at the last refusal, for others have looked at the head since. */
inline lookForSpace() {
  if
  :: queued > 0 ->
     atomic {
       tailBefore = headSeen;
       refreshHead();
       if
       :: bug(full_at_head) -> work = headSeen != tailBefore
       :: else -> work = headSeen != fullAtHead
       fi;
       tailBefore = 0
     }
  :: else
  fi
}
inline lookForData() { atomic { load(peer, TAIL, tailSeen, ORDERED); work = tailSeen != head } }

/* Connection::hasWork */
inline hasWork() {
  work = exited || (lingering && queued == 0);
  if :: !work && !bug(look_for_space) -> lookForSpace() :: else fi;
  if :: !work && !bug(look_for_end) -> lookForEnd(); work = closedSeen :: else fi;
  if :: !work && reads && !bug(look_for_data) -> lookForData() :: else fi
}

/* Connection::syncHasWork */
inline syncHasWork() {
  work = false;
  if :: !bug(sync_look_for_data) -> lookForData() :: else fi;
  if :: !work && !bug(sync_look_for_space) -> lookForSpace() :: else fi;
  if :: !work && !bug(sync_look_for_end) -> lookForEnd(); work = closedSeen :: else fi
}

/* What callSync looks at again before it believes an end. */
inline syncLookForInput() {
  lookForData();
  if :: work -> goto round :: else fi
}

/* The waiting policy looks at the head, too (WaitPolicy, Channel::peerTookAll). */
inline spin() {
  if
  :: queued > 0 -> atomic { refreshHead() }
  :: true
  fi
}

/* What is provably untaken is sent again elsewhere, so it must not have run here. */
inline takeUntaken() {
  atomic {
    refreshHead();
    if :: headSeen < tail -> my.resent = headSeen + 1 :: else fi;
    must(my.resent == 0 || your.executed < my.resent, executed_yet_untaken)
  }
}

/* Channel::close */
inline close() {
  if :: !bug(close_before_ring) -> store(me, CLOSED, 1, order(closed_store)) :: else fi;
  if :: !bug(ring_for_end) -> wake(END) :: else fi;
  if :: bug(close_before_ring) -> store(me, CLOSED, 1, order(closed_store)) :: else fi
}

/* ---- the application: what callbacks of the loop do -------------------------------------------------------------- */

inline application() {
  do
#ifdef SYNC
  :: me == 0 && budget > 0 && queued < 2 ->
     budget--;
     requestEnd = (queued == 0 -> tail + 1 : 0);
     send(CALL);
     inSync = true;
     break
  :: (me == 1 || MIXED) && budget > 0 && queued < 2 -> budget--; send(MESSAGE); called = false
#else
  :: budget > 0 && queued < 2 -> budget--; send(MESSAGE); called = false
#endif
#ifdef WITH_LARGE
  :: budget > 0 && queued < 2 -> budget--; send(LARGE); called = false
#endif
  :: mayClose ->
     mayClose = false; lingering = true;
     if :: bug(no_drain_once_closed) && queued == 0 -> store(me, CLOSED, 1, order(closed_store)) :: else fi;
     break
  :: !called -> break
  od;
  called = false
}

inline plan(messages, closes) {
  atomic {
    select(budget : 0 .. messages);
    due = DUE;
    if :: closes -> mayClose = true :: true fi
  }
}

proctype Process(bit me) {
  /* Producer, Outbound */
  byte tail, headSeen, tailBefore, fullAtHead, knownCopied, queued, queue[3];
  /* Consumer; records of a batch by kind */
  byte head, tailSeen, calls, replies, others;
  /* ParkedWord, WakeDecision */
  byte epoch, state, rung, look, rangEpoch;
  /* Connection */
  byte aside, bellSeen, requestEnd;
  bool inSync, worked, work, exited, lingering, closedSeen;
  /* The application's plan */
  byte budget, due;
  bool mayClose, called;

  if
  :: me == 0 -> plan(MESSAGES_0, CLOSES_0)
  :: else -> plan(MESSAGES_1, CLOSES_1)
  fi;
  application();

  /* Turn::onCheck and onPrepare: Connection::serve until there is nothing to do. In callSync: its round. */
round:
  worked = false;
  step();
  pump();
  if :: inSync -> goto syncRound :: else fi;
  if :: state != RUNNING -> atomic { awake() } :: else fi;
  if
  :: reads && aside > 0 && !bug(set_aside) -> atomic { deliver() }
  :: reads && (aside == 0 || bug(set_aside)) -> step(); drain(); step(); if :: tookAny -> atomic { deliver() } :: else fi
  :: !reads
  fi;
  noticeEnd();
  if :: worked -> goto round :: else fi;

  /* Turn::waitForWork */
  if
  :: due > 0 ->
     /* Something else of this loop is due, or libuv says so: no sleep is coming, so neither is parking. */
     due--;
     if
     :: bug(turn_requested) -> atomic { note() }; goto poll
     :: else -> if :: atomic { my.edge -> goto edged } :: true -> goto polled fi
     fi
  :: true
  fi;
  spin();

  /* Turn::parkActive */
  step();
  atomic { park(LOOP) };
  if :: !bug(fence_of_park) -> fence(me) :: else fi;
  if
  :: !bug(look_after_park) -> hasWork(); if :: work -> atomic { awake(); goto round } :: else fi
  :: else
  fi;

poll:
  if
#ifdef KILLS
  :: victim == me -> goto dead
#endif
  :: atomic { my.edge -> edged: my.edge = false; d_step { takeOver(peer) } };
     readSocket()
  :: atomic { your.killed && !exited && !bug(pidfd_watched) -> exited = true; d_step { takeOver(peer) } }
  :: budget > 0 && queued < 2 || mayClose -> called = true
  :: due > 0 -> due--
  :: over -> goto gone
  fi;
polled:
  application();
  /* What callbacks of the poll send finds the parked word still saying asleep; onCheck sends after it was unparked. */
  if :: queued > 0 || inSync || state == RUNNING :: !inSync && state != RUNNING -> atomic { awake() } fi;
  goto round;

  /* Connection::callSync, after its pump */
syncRound:
  step();
  drain();
  if
  :: tookAny ->
     aside = aside + others; others = 0;
     if :: replies > 0 -> replies = 0; inSync = false; requestEnd = 0 :: else fi;
     goto round
  :: else
  fi;
  if :: bug(sync_closed_before_input) -> syncLookForInput() :: else fi;
  lookForEnd();
  if :: !bug(sync_closed_before_input) -> syncLookForInput() :: else fi;
  if
  :: closedSeen || exited ->
     /* kUntaken: a request beyond the head is sent again elsewhere. */
     atomic {
       must(my.copied == your.published, record_lost);
       refreshHead();
       if :: requestEnd > headSeen -> my.resent = requestEnd :: else fi;
       must(my.resent == 0 || your.executed < my.resent, executed_yet_untaken);
       inSync = false; requestEnd = 0
     };
     goto round
  :: else
  fi;
  spin();

  /* Connection::syncSleep */
  if :: !bug(bell_before_park) -> atomic { load(peer, BELL, bellSeen, order(bell_load)) } :: else fi;
  step();
  atomic { park(FUTEX) };
  if :: !bug(fence_of_park) -> fence(me) :: else fi;
  if :: !bug(sync_look_after_park) -> syncHasWork() :: else -> work = false fi;
  if :: bug(bell_before_park) -> atomic { load(peer, BELL, bellSeen, order(bell_load)) } :: else fi;
  if
  :: !work ->
     if
     :: atomic { futexWouldWait(bellSeen) -> my.onFutex = true };
        if
        :: atomic { !my.onFutex -> d_step { takeOver(peer) } }
        :: atomic { your.killed && !bug(sync_pidfd) -> my.onFutex = false; exited = true; d_step { takeOver(peer) } }
#ifdef KILLS
        :: victim == me -> goto dead
#endif
        :: over -> goto gone
        fi
     :: else -> d_step { seeLatest(peer, BELL) }
     fi
  :: else
  fi;
  atomic { awake() };
  goto round;

finish:
  if
  :: closedSeen || exited ->
     must(!reads || my.copied == your.published, record_lost);
     takeUntaken()
  :: else
  fi;
  close();
  my.ended = true;
  goto gone;
#ifdef KILLS
dead:
  /* What it has stored comes out of its store buffer before the kernel tells of its death. */
  atomic { my.killed = true; handOver(me) };
#endif
gone:
  skip
}
