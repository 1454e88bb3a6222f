/*
 * Who sleeps, and who rings (ring/parking.h), and the bells that the kernel keeps (Channel::ring, os/).
 */
#define RUNNING 0   /* also `spinning`, which nobody rings either */
#define LOOP    1
#define FUTEX   2

#define parkedWord(epoch, wantsSpace, state) ((epoch) * 8 + (wantsSpace) * 4 + (state))
#define stateOf(word)       ((word) & 3)
#define wantsSpaceOf(word)  (((word) >> 2) & 1)
#define epochOf(word)       ((word) >> 3)

/* ParkedWord::park, by Channel::park. */
inline park(how) {
  if :: bug(new_epoch) && epoch > 0 :: else -> epoch++ fi;
  must(epoch < 31, too_many_epochs);
  state = how;
  store(me, PARKED, parkedWord(epoch, queued > 0 && !bug(wants_space), how), RELAXED);
  note()
}

/* ParkedWord::awake */
inline awake() {
  if
  :: state != RUNNING ->
     state = RUNNING;
     store(me, PARKED, parkedWord(epoch, 0, RUNNING), RELAXED)
  :: else
  fi;
  forget()
}

/* SIGKILL may come here: between every two steps that the peer, or whoever looks later, can tell apart. */
inline step() {
#ifdef KILLS
  if :: victim == me -> goto dead :: true fi
#else
  skip
#endif
}

#define DATA  0
#define SPACE 1
#define END   2

#define mayRing  (stateOf(look) != RUNNING && (epochOf(look) != rung || bug(rung_epoch)))

/* WakeDecision::decide, then Channel::ring. */
inline wake(reason) {
  step();
  if :: !bug(fence_of_wake) && !(reason == SPACE && bug(fence_for_space)) -> fence(me) :: else fi;
  step();
  atomic {
    load(peer, PARKED, look, RELAXED);
    if
    :: mayRing && reason == SPACE && !wantsSpaceOf(look) && bug(rung_only_if_rings) -> rung = epochOf(look)
    :: else
    fi
  };
  if
  :: mayRing && (reason != SPACE || wantsSpaceOf(look)) ->
     rung = epochOf(look);
     step();
     ring(stateOf(look))
  :: else
  fi;
  look = 0
}

/* Counts, for "at most one ring per sleep". */
inline countRing() {
  must(rangEpoch != epochOf(look), rung_twice);
  rangEpoch = epochOf(look)
}

inline ring(how) {
  if
  :: how == FUTEX ->
     if
     :: !bug(bell_bump) -> atomic { my.bell++; store(me, BELL, my.bell, order(bell_store)) }
     :: else
     fi;
     step();
     atomic { countRing(); futexWake() }
  :: else -> atomic { countRing(); ringBell() }
  fi
}

/* futex(2): the kernel compares the word itself, not what the waiter has seen of it, in one step with falling asleep. */
inline futexWake() {
  handOver(me);
  your.onFutex = false
}
#define futexWouldWait(expected) (your.bell == expected)

/*
 * The bell of a loop: an edge in its epoll set. An eventfd makes one at each write. A byte on the socket makes none
 * when it finds no room (here: for one byte), and whoever has seen the edge has to read.
 */
inline ringBell() {
  handOver(me);
#ifdef SOCKET_BELL
  if
  :: !your.bytes -> your.bytes = true; your.edge = true
  :: else
  fi
#else
  your.edge = true
#endif
}
inline readSocket() {
#ifdef SOCKET_BELL
  if :: !bug(socket_read) -> d_step { my.bytes = false; takeOver(peer) } :: else fi
#else
  skip
#endif
}
