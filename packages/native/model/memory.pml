/*
 * What one side stores, and when the other side sees it.
 *
 * Every word has one writer, its owner, and one reader, the peer: that is the layout's rule (ring/layout.h), and it
 * keeps this memory small. A store goes into the owner's store buffer; it counts from the moment when the reader sees
 * it, and the reader decides at each load how far it looks. So no step is spent on draining that nobody notices, and
 * every outcome of a buffer that drains by itself is there all the same.
 *
 * -DTSO   x86: first in, first out. Who sees a store has seen all earlier ones; a fence empties the own buffer.
 *         Acquire and release cost nothing there, and change nothing here.
 * else    C++ itself, hence arm64: stores to different words may be seen in any order. A released store that is seen
 *         by an acquiring load brings all earlier ones along. A sequentially consistent fence shows what its side has
 *         stored to every *later* fence of the other side, and to nobody else. What is rest out is a store that is
 *         seen before an earlier *load* of its own thread is done; where that could hurt (a slot overwritten while its
 *         bytes are still being copied) happens-before is demanded instead, see `pump` in ring.pml.
 *
 * The kernel's locks synchronise: whoever a bell wakes sees what was stored before it was rung.
 */
#define TAIL   1
#define HEAD   2
#define PARKED 3
#define BELL   4
#define CLOSED 5
#define SLOT   6
#define WORDS  (SLOT + CAPACITY)

#define RELAXED 0
#define ORDERED 1

#ifndef BUFFER
#define BUFFER 6
#endif

typedef Segment {
  byte word[WORDS];      /* as the reader sees them */
  byte unseen[WORDS];    /* how many stores to it are not seen yet */
  byte stores;           /* stored and not yet seen: so many, in program order … */
  byte at[BUFFER];       /* … which word, 0 where there is none */
  byte value[BUFFER];
  bool released[BUFFER]; /* … with release */
  byte fenced;           /* the first so many came before the owner's last fence … */
  byte handed;           /* … and before its last system call that wakes */
}
Segment segment[2];

hidden byte rest, next, found;

inline store(owner, which, what, order) {
  d_step {
    must(segment[owner].stores < BUFFER, buffer_too_small);
    segment[owner].at[segment[owner].stores] = which;
    segment[owner].value[segment[owner].stores] = what;
    segment[owner].released[segment[owner].stores] = order;
    segment[owner].stores++;
    segment[owner].unseen[which]++
  }
}

/* The reader sees one entry; those behind it move up. */
inline see(owner, index) {
  segment[owner].word[segment[owner].at[index]] = segment[owner].value[index];
  segment[owner].unseen[segment[owner].at[index]]--;
  segment[owner].stores--;
  if :: segment[owner].fenced > index -> segment[owner].fenced-- :: else fi;
  if :: segment[owner].handed > index -> segment[owner].handed-- :: else fi;
  next = index;
  do
  :: next < segment[owner].stores ->
     segment[owner].at[next] = segment[owner].at[next + 1];
     segment[owner].value[next] = segment[owner].value[next + 1];
     segment[owner].released[next] = segment[owner].released[next + 1];
     next++
  :: else -> break
  od;
  segment[owner].at[next] = 0;
  segment[owner].value[next] = 0;
  segment[owner].released[next] = 0
}

inline seeFrom(owner, index, count) {
  rest = count;
  do :: rest > 0 -> see(owner, index); rest-- :: else -> break od;
  skip
}
#define seeFirst(owner, count) seeFrom(owner, 0, count)

/* The reader sees the oldest unseen store of a word, and what must come with it. */
inline seeNext(owner, which, order) {
  found = 0;
  do :: segment[owner].at[found] != which -> found++ :: else -> break od;
#ifdef TSO
  seeFrom(owner, 0, found + 1)
#else
  if
  :: order == ORDERED && segment[owner].released[found] -> rest = found + 1; found = 0
  :: else -> rest = 1
  fi;
  seeFrom(owner, found, rest)
#endif
}

/* As many of the unseen stores of that word as chance has it. Stands within an atomic sequence. */
inline load(owner, which, into, order) {
  do
  :: d_step { segment[owner].unseen[which] > 0 -> seeNext(owner, which, order) }
  :: break
  od;
  into = segment[owner].word[which]
}

/* All stores to a word: for the kernel looks at what is really there, and a thread never sees an older value later. */
inline seeLatest(owner, which) {
  do :: segment[owner].unseen[which] > 0 -> seeNext(owner, which, RELAXED) :: else -> break od;
  skip
}

inline fence(owner) {
  d_step {
#ifdef TSO
    seeFirst(owner, segment[owner].stores)
#else
    segment[owner].fenced = segment[owner].stores;
    seeFirst(1 - owner, segment[1 - owner].fenced)
#endif
  }
}

inline handOver(owner) { segment[owner].handed = segment[owner].stores }
inline takeOver(owner) { seeFirst(owner, segment[owner].handed) }
