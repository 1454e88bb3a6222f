/*
 * What of a side stands outside of its process: what the kernel keeps for it, and how things truly are, for the
 * assertions only.
 */
typedef Side {
  bool edge, bytes, onFutex;            /* its epoll set, its socket, its futex queue */
  byte bell;                            /* its bell word as the kernel sees it */
  byte published, copied, executed;     /* positions: told by tail; copied out of the peer's ring; run by handlers */
  byte resent;                          /* from where on it has sent its records again, elsewhere; plus one */
  bool asleep, killed, ended;
  /* Said when it falls asleep. */
  byte head, tail, wants;
  bool undelivered, lingers;
}
Side side[2];

#define peer (1 - me)
#define my   side[me]
#define your side[peer]
