/*
 * How much happens. The searches are of these bounds; runs.mjs has the scenarios that are explored.
 *
 *   MESSAGES_0, MESSAGES_1   at most so many messages each side sends of its own accord
 *   MESSAGE                  which kind: ONEWAY, or CALL, which is answered
 *   WITH_LARGE               … or LARGE, of two slots
 *   SYNC                     side 0 makes synchronous calls instead, MIXED: as well
 *   CAPACITY                 slots of a ring
 *   CLOSES_0, CLOSES_1       this side may close
 *   KILLS                    one side is killed
 *   DUE                      so often other work of the same event loop is due, or wakes it
 *   SOCKET_BELL              bells are bytes on the socket, not eventfds
 *   BUFFER                   entries of a store buffer; too few are noticed
 */
#ifndef MESSAGES_0
#define MESSAGES_0 0
#endif
#ifndef MESSAGES_1
#define MESSAGES_1 0
#endif
#ifndef MESSAGE
#define MESSAGE ONEWAY
#endif
#ifndef MIXED
#define MIXED 0
#endif
#ifndef CAPACITY
#define CAPACITY 1
#endif
#ifndef CLOSES_0
#define CLOSES_0 0
#endif
#ifndef CLOSES_1
#define CLOSES_1 0
#endif
#if CLOSES_0 || CLOSES_1
#define CLOSES
#endif
#ifndef DUE
#define DUE 0
#endif
