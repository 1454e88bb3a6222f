/*
 * What can be taken away, one at a time, by -DBUG_<name>. runs.mjs says which line of the C++ code each stands for and
 * which rule breaks without it.
 */
#ifndef BUG_bell_before_park
#define BUG_bell_before_park 0
#endif
#ifndef BUG_bell_bump
#define BUG_bell_bump 0
#endif
#ifndef BUG_bytes_before_tail
#define BUG_bytes_before_tail 0
#endif
#ifndef BUG_close_before_ring
#define BUG_close_before_ring 0
#endif
#ifndef BUG_closed_before_input
#define BUG_closed_before_input 0
#endif
#ifndef BUG_copy_before_head
#define BUG_copy_before_head 0
#endif
#ifndef BUG_fence_for_space
#define BUG_fence_for_space 0
#endif
#ifndef BUG_fence_of_park
#define BUG_fence_of_park 0
#endif
#ifndef BUG_fence_of_wake
#define BUG_fence_of_wake 0
#endif
#ifndef BUG_full_at_head
#define BUG_full_at_head 0
#endif
#ifndef BUG_full_check
#define BUG_full_check 0
#endif
#ifndef BUG_head_before_ring
#define BUG_head_before_ring 0
#endif
#ifndef BUG_head_before_run
#define BUG_head_before_run 0
#endif
#ifndef BUG_look_after_park
#define BUG_look_after_park 0
#endif
#ifndef BUG_look_for_data
#define BUG_look_for_data 0
#endif
#ifndef BUG_look_for_end
#define BUG_look_for_end 0
#endif
#ifndef BUG_look_for_space
#define BUG_look_for_space 0
#endif
#ifndef BUG_new_epoch
#define BUG_new_epoch 0
#endif
#ifndef BUG_no_drain_once_closed
#define BUG_no_drain_once_closed 0
#endif
#ifndef BUG_pidfd_watched
#define BUG_pidfd_watched 0
#endif
#ifndef BUG_publish_before_ring
#define BUG_publish_before_ring 0
#endif
#ifndef BUG_ring_for_data
#define BUG_ring_for_data 0
#endif
#ifndef BUG_ring_for_end
#define BUG_ring_for_end 0
#endif
#ifndef BUG_ring_for_space
#define BUG_ring_for_space 0
#endif
#ifndef BUG_rung_epoch
#define BUG_rung_epoch 0
#endif
#ifndef BUG_rung_only_if_rings
#define BUG_rung_only_if_rings 0
#endif
#ifndef BUG_set_aside
#define BUG_set_aside 0
#endif
#ifndef BUG_socket_read
#define BUG_socket_read 0
#endif
#ifndef BUG_sync_closed_before_input
#define BUG_sync_closed_before_input 0
#endif
#ifndef BUG_sync_look_after_park
#define BUG_sync_look_after_park 0
#endif
#ifndef BUG_sync_look_for_data
#define BUG_sync_look_for_data 0
#endif
#ifndef BUG_sync_look_for_end
#define BUG_sync_look_for_end 0
#endif
#ifndef BUG_sync_look_for_space
#define BUG_sync_look_for_space 0
#endif
#ifndef BUG_sync_pidfd
#define BUG_sync_pidfd 0
#endif
#ifndef BUG_turn_requested
#define BUG_turn_requested 0
#endif
#ifndef BUG_wants_space
#define BUG_wants_space 0
#endif
#ifndef BUG_full_recheck
#define BUG_full_recheck 0
#endif
#ifndef BUG_bell_load
#define BUG_bell_load 0
#endif
#ifndef BUG_bell_store
#define BUG_bell_store 0
#endif
#ifndef BUG_closed_load
#define BUG_closed_load 0
#endif
#ifndef BUG_closed_store
#define BUG_closed_store 0
#endif
#ifndef BUG_head_load
#define BUG_head_load 0
#endif
#ifndef BUG_head_store
#define BUG_head_store 0
#endif
#ifndef BUG_tail_load
#define BUG_tail_load 0
#endif
#ifndef BUG_tail_store
#define BUG_tail_store 0
#endif

#define bug(name)    BUG_##name
/* An acquire or release, unless that is what was taken away. */
#define order(which) (bug(which) -> RELAXED : ORDERED)
