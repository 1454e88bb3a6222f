/*
 * The wake protocol and the ring between two sides, in a memory that is as weak as the machines are. What is proved,
 * how the parts stand for the C++ code, and what each BUG_ takes away: docs/model.md. Run it by `npm run check:model`.
 */

/* What must never happen. Each is false for good; a trail says by its name what went wrong. */
bool lost_wake_up, end_unnoticed, read_before_written, overwritten_before_read, record_lost, executed_yet_untaken,
     rung_twice;
/* Not the protocol's, but the model's: its bounds are too small, so nothing is proved. */
bool buffer_too_small, queue_too_small, too_many_epochs, stuck;

#define must(condition, flaw) if :: (condition) :: else -> flaw = true; assert(!flaw) fi

#include "variants.pml"
#include "scenarios.pml"

bool over;          /* Nothing moves any more. */
hidden byte kind;   /* of a record; for a moment only */
#ifdef KILLS
byte victim;   /* is killed somewhere on its way; another run of the model has nobody die */
#endif

#include "memory.pml"
#include "side_state.pml"
#include "parking.pml"
#include "ring.pml"
#include "side.pml"

#define gone(who) (side[who].ended || side[who].killed)

/* Nothing moves any more: whoever is not gone sleeps, and must have nothing to do. */
inline checkSleeper(who, other) {
  if
  :: gone(who)
  :: else ->
     must(side[who].asleep, stuck);
     must(!gone(other), end_unnoticed);
     must(side[who].lingers || side[who].head == side[other].published, lost_wake_up);
     must(side[who].wants == 0 || CAPACITY - (side[who].tail - side[other].head) < side[who].wants, lost_wake_up);
     must(!side[who].lingers || side[who].wants > 0, lost_wake_up);
     must(!side[who].undelivered, lost_wake_up)
  fi
}

init {
  atomic {
#ifdef KILLS
    if :: victim = 0 :: victim = 1 fi;
#endif
    run Process(0);
    run Process(1)
  };
  timeout ->
  d_step {
    checkSleeper(0, 1);
    checkSleeper(1, 0)
  };
  over = true
}
