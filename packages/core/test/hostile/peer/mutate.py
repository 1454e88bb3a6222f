"""A peer that shakes hands as it should and calls, or answers, as it should, while words of its own live segment are
overwritten at random steps. Whatever it does follows from a seed; what the other side sees of it also from timing.
"""
import random, struct, time

import wire
from target import BIG, ECHO, HOLD, MIRROR, NOTE, UPLOAD, WATCH
from wire import Ended, HEADER, U32, U64, string

STEPS = 60
# A victim that has not closed by then hangs.
PATIENCE_S = 20
WORDS = (wire.TAIL, wire.HEAD, wire.PARKED, wire.BELL, wire.CLOSED)


class Mutator:
    def __init__(self, link, chance):
        self.link, self.chance = link, chance
        self.call = 1

    # -- what is right

    def calls(self):
        link, chance, payload = self.link, self.chance, string('x' * self.chance.randrange(200))
        self.call += 1
        what = chance.randrange(8)
        if what == 0:
            link.write(wire.ONEWAY, payload, call=wire.ONEWAY_ID + self.call, method=NOTE)
        elif what == 1:
            link.write(wire.CANCEL, call=chance.randrange(self.call))
        elif what == 2:
            link.write(wire.REQUEST, payload, call=self.call, method=WATCH)
        elif what == 3:
            link.write(wire.REQUEST, call=self.call, method=UPLOAD)
            link.write(wire.INPUT, payload, call=self.call)
            link.write(wire.INPUT_END, call=self.call)
        elif what == 4:
            self.large(wire.REQUEST, call=self.call, method=MIRROR)
        elif what == 5:
            link.write(wire.OUTPUT_WINDOW, call=chance.randrange(self.call), aux=1, method=1)
        else:
            link.write(wire.REQUEST, payload, call=self.call, method=chance.choice((ECHO, HOLD, MIRROR, BIG)))

    def answers(self, record):
        link, chance = self.link, self.chance
        if record.kind != wire.REQUEST:
            return
        if record.flags & wire.FRAGMENTED:
            link.write(wire.REPLY, b'\xc4\x01x', call=record.call)
        elif record.method == WATCH:
            for _ in range(chance.randrange(4)):
                link.write(wire.OUTPUT, string('x'), call=record.call)
            link.write(wire.REPLY, call=record.call)
        elif chance.randrange(4) == 0:
            link.write(wire.ERROR, string('no'), call=record.call, aux=9)
        elif chance.randrange(4) == 0:
            self.large(wire.REPLY, call=record.call)
        else:
            link.write(wire.REPLY, record.payload, call=record.call)

    def answer_all(self):
        """What the client asks; waits a little for it."""
        until = time.monotonic() + 0.003
        seen = False
        while not seen and time.monotonic() < until:
            for record in self.link.records():
                seen = True
                self.answers(record)

    def large(self, kind, **fields):
        body = string('y' * 5000)
        self.link.write(kind, U32.pack(len(body)) + body[:2000], flags=wire.FRAGMENTED, **fields)
        for at in (2000, 4000):
            self.link.write(wire.CONTINUATION, body[at:at + 2000], call=fields['call'])

    # -- what is not

    def number(self, now):
        chance = self.chance
        return chance.choice((
            lambda: now ^ 1 << chance.randrange(32), lambda: now + chance.choice((16, -16, 32, 8, 1, 4096)),
            lambda: chance.getrandbits(32), lambda: 0, lambda: 0xFFFFFFFF, lambda: chance.randrange(128)))() & 0xFFFFFFFF

    def overwrite(self):
        link, chance = self.link, self.chance
        what = chance.randrange(10)
        if what < 2:
            at = chance.choice(WORDS)
            U32.pack_into(link.memory, at, self.number(U32.unpack_from(link.memory, at)[0]))
        elif what == 2:
            U64.pack_into(link.memory, wire.PARKED, chance.getrandbits(64))
        elif what == 3:
            U32.pack_into(link.memory, chance.randrange(0, wire.RING, 4), chance.getrandbits(32))
        else:
            # A field near the last records, while they may be read.
            back = chance.randrange(0, 512, 4)
            at = wire.RING + ((link.tail - back) % link.ring) // 4 * 4
            U32.pack_into(link.memory, at, self.number(U32.unpack_from(link.memory, at)[0]))

    # -- both

    def step(self, client):
        link, chance = self.link, self.chance
        # A ring that is full would be written over: that is a mutation, too, but not at every step.
        room = link.tail - U32.unpack_from(link.peer, wire.HEAD)[0] & 0xFFFFFFFF < link.ring // 2
        if client and room and chance.randrange(3):
            for _ in range(1 + chance.randrange(4)):
                self.calls()
        if client:
            for _ in link.records():
                pass
        elif room:
            self.answer_all()
        if chance.randrange(4) == 0:
            self.overwrite()
        link.publish()
        for _ in range(chance.choice((0, 0, 1, 3, 30))):
            self.overwrite()


def one_round(peer, seed):
    chance = random.Random(seed)
    try:
        link = peer.start()
    except Ended:
        return
    try:
        mutator = Mutator(link, chance)
        for _ in range(STEPS):
            if link.closed():
                break
            mutator.step(peer.role == 'client')
        link.leave()
        link.wait_closed(PATIENCE_S)
    finally:
        link.close()


def mutate(peer, request, tell):
    """Rounds with seeds that count up. @returns how many, and what went wrong in the last one, if anything did."""
    for number in range(request['rounds']):
        seed = request['seed'] + number
        try:
            one_round(peer, seed)
        except (TimeoutError, AssertionError, struct.error, OSError) as problem:
            return dict(rounds=number, seed=seed, problem=f'{type(problem).__name__}: {problem}')
    return dict(rounds=request['rounds'])
