"""Words and records of a live segment that are not as they should be, in either role."""
import os, select, signal, socket, struct, threading, time

import wire
from rows import BOTH, CLIENT, CLOSED, GOES_ON, LEFT, SERVER, row
from target import BIG, ECHO
from wire import HEADER, U32

POSITIONS = 'positions'
LENGTHS = 'lengths'
FLIPPING = 'words that change while they are read'
KINDS = 'kinds and flags'
LARGE = 'large messages'
PARKING = 'parked words and bells'
SOCKET = 'the socket beside the rings'


def linked(group, name, outcome, reason=None, **more):
    """A row that begins with a sound connection."""
    def register(spoil):
        @row(group, name, outcome, reason, **more)
        def _(peer):
            link = peer.start()
            if peer.role == SERVER:
                peer.request(link)
            spoil(link)
            return link
        return spoil
    return register


# ---- positions

def tail(name, reason, position):
    linked(POSITIONS, name, CLOSED, reason)(lambda link: link.publish(position(link)))


tail('a tail one record beyond the capacity', 'tail beyond capacity', lambda link: link.tail + link.ring + 16)
tail('a tail that runs backwards', 'running backwards', lambda link: link.tail - 16)
tail('a tail half the numbers ahead', 'tail beyond capacity', lambda link: link.tail + (1 << 31))
tail('a misaligned tail', 'tail misaligned', lambda link: link.tail + 8)
tail('a tail one byte ahead', 'tail misaligned', lambda link: link.tail + 1)


def head(name, position):
    """The other side looks at a head when it needs space: it is made to send."""
    @row(POSITIONS, name, CLOSED, 'head beyond what was sent', method='big')
    def _(peer):
        link = peer.start()
        if peer.role == SERVER:
            link.wait(lambda record: True)
        else:
            peer.opened(link, BIG, wire.string('x' * 100))
            link.wait(lambda record: True)
        link.set_head(position(link))
        link.wake()
        return link


head('a head beyond what was sent', lambda link: link.head + (1 << 20))
head('a head that runs backwards', lambda link: -16)
head('a head within a record', lambda link: link.head + 16)
head('a misaligned head', lambda link: link.head + 3)


# ---- lengths

def length(name, reason, value, payload=b''):
    @linked(LENGTHS, name, CLOSED, reason)
    def _(link):
        link.write(wire.REQUEST, payload, call=9, length=value(link))
        link.publish()


longest = lambda link: min(link.ring // 8, 65536)
length('zero', 'shorter than its header', lambda link: 0)
length('one below the header', 'shorter than its header', lambda link: 15)
length('above what was published', 'longer than what was published', lambda link: 64)
length('one above the longest record', "longer than the ring's record limit", lambda link: longest(link) + 1)
length('4 GiB less one', "longer than the ring's record limit", lambda link: 0xFFFFFFFF)
length('a length that wraps when it is padded', "longer than the ring's record limit", lambda link: 0xFFFFFFF1)


@linked(LENGTHS, 'a bad length behind a good record', CLOSED, 'shorter than its header')
def _(link):
    link.write(wire.ABORT, call=77)
    link.write(wire.ABORT, call=78, length=3)
    link.publish()


# ---- while being read

# What a length alone can break. A whole header has many ways to: whatever is said, it is not of positions or of the socket.
LENGTH = "shorter than its header|longer than what was published|longer than the ring's record limit"
A_HEADER = '^(?!.*(tail|head beyond|running backwards|means nothing))'


# This peer's own loops take a CPU from the polite client all the while.
BUSY_MS = 5


def flipping(name, reason, words):
    @linked(FLIPPING, name, CLOSED, reason, late_ms=BUSY_MS)
    def _(link):
        """Valid records, whose headers a second thread changes as fast as it can."""
        stop = threading.Event()

        def flip():
            turn = 0
            while not stop.is_set():
                for at in range(wire.RING, wire.RING + 4096, 16):
                    words(link.memory, at, turn)
                turn += 1

        thread = threading.Thread(target=flip)
        thread.start()
        try:
            for round in range(100_000):
                if link.closed():
                    break
                for _ in range(16):
                    link.write(wire.ABORT, bytes(32), call=77)
                link.publish()
                taken = U32.unpack_from(link.peer, wire.HEAD)[0]
                deadline = time.monotonic() + 5
                while link.tail - taken & 0xFFFFFFFF > 2048 and not link.closed() and time.monotonic() < deadline:
                    taken = U32.unpack_from(link.peer, wire.HEAD)[0]
        finally:
            stop.set()
            thread.join()
        assert link.closed(), 'no word that was changed was noticed'


flipping('lengths', f'{LENGTH}|never sent', lambda memory, at, turn: U32.pack_into(memory, at, (48, 16, 32, 0xFFFFFFFF, 8)[turn % 5]))
flipping('whole headers', A_HEADER, lambda memory, at, turn: HEADER.pack_into(
    memory, at, (48, 48, 17)[turn % 3], turn, 0, turn % 64, turn * 7 & 0xFF, turn))


@linked(FLIPPING, 'the tail', CLOSED, 'tail|shorter than its header')
def _(link):
    for turn in range(1_000_000):
        U32.pack_into(link.memory, wire.TAIL, (link.tail, link.tail + 16, link.tail - 16)[turn % 3] & 0xFFFFFFFF)
        if turn % 64 == 0:
            link.wake()
        if link.closed():
            return


# ---- kinds and flags that nobody sends

def record(group, name, outcome, reason=None, roles=BOTH, method='echo', **fields):
    @linked(group, name, outcome, reason, roles=roles, method=method)
    def _(link):
        link.send(**fields)


for kind in (17, 61, 64, 255):
    record(KINDS, f'kind {kind}', CLOSED, f'sent a message of kind {kind}', kind=kind, call=9)
record(KINDS, 'kind 0', CLOSED, 'never sent', kind=0)
record(KINDS, 'the flag of a reassembled message', CLOSED, 'never sent', kind=wire.REQUEST, flags=0x40, call=9)
record(KINDS, 'the flag of a request that is cancelled', CLOSED, 'never sent', kind=wire.REQUEST, flags=0x20, call=9)
record(KINDS, 'a release with a payload', CLOSED, 'payload or flags', kind=wire.RELEASE, payload=b'x')
record(KINDS, 'a release with flags', CLOSED, 'payload or flags', kind=wire.FD_RELEASE, flags=1)
for name, count in (('no descriptors', 0), ('descriptors that were not sent', 1), ('four billion descriptors', 0xFFFFFFFF)):
    record(KINDS, f'credit for {name}', CLOSED, 'credit for descriptors', kind=wire.FD_CREDIT, aux=count)
record(KINDS, 'the release of a blob that is not lent', CLOSED, 'not lent', kind=wire.RELEASE, call=3)
record(KINDS, 'the release of descriptors that never came', CLOSED, 'never came', kind=wire.FD_RELEASE, call=3)
record(KINDS, 'the release of a door that is not held', CLOSED, 'gave back door 3', kind=wire.DOOR_RELEASE, call=3, aux=1)


for name, kind, flags, roles in (
        ('a cancel with metadata and attachments', wire.CANCEL, wire.METADATA | wire.ATTACHMENTS, (CLIENT,)),
        ('credit of an output with metadata', wire.OUTPUT_WINDOW, wire.METADATA, (CLIENT,)),
        ('credit for one-way messages with metadata', wire.CREDIT, wire.METADATA, (SERVER,))):
    record(KINDS, f'{name}, which it does not have', GOES_ON, None, roles=roles, kind=kind, flags=flags, call=99)


# ---- large messages

def fragment(total, content=100, **fields):
    return dict(flags=wire.FRAGMENTED, payload=U32.pack(total) + bytes(content), **fields)


record(LARGE, 'a piece of a message that never began', CLOSED, 'never began', kind=wire.CONTINUATION, payload=b'x')
record(LARGE, 'an end of a message that never began', GOES_ON, None, kind=wire.ABORT, call=99)
record(LARGE, 'a message of 4 GiB', CLOSED, 'longer than the negotiated limit', kind=wire.REQUEST,
       **fragment(0xFFFFFFFF))
record(LARGE, 'a message one byte above the limit', CLOSED, 'longer than the negotiated limit', kind=wire.REQUEST,
       **fragment((16 << 20) + 1))
record(LARGE, 'a message that is no longer than its first piece', CLOSED, 'fits one record', kind=wire.REQUEST,
       **fragment(100))
record(LARGE, 'a first piece of nothing', CLOSED, 'without content', kind=wire.REQUEST, **fragment(100, 0))
record(LARGE, 'an item in pieces of a large message', CLOSED, 'item of a stream', kind=wire.OUTPUT, **fragment(1000))


@linked(LARGE, 'a piece without content', CLOSED, 'without content')
def _(link):
    link.write(wire.REQUEST, call=9, **fragment(1000))
    link.send(wire.CONTINUATION, call=9)


@linked(LARGE, 'more pieces than the message is long', CLOSED, 'more fragments')
def _(link):
    link.write(wire.REQUEST, call=9, **fragment(1000))
    link.send(wire.CONTINUATION, bytes(901), call=9)


@linked(LARGE, 'two with one call id', CLOSED, 'one call id')
def _(link):
    link.write(wire.REQUEST, call=9, **fragment(1000))
    link.send(wire.REQUEST, call=9, **fragment(1000))


@linked(LARGE, 'five at once', CLOSED, 'too many fragmented')
def _(link):
    for call in range(9, 14):
        link.send(wire.REQUEST, call=call, **fragment(1 << 20))


# ---- parked words and bells

@linked(PARKING, 'parked for good in an event loop', GOES_ON)
def _(link):
    link.park(1, wire.IN_LOOP)


@linked(PARKING, 'parked for good on a futex', GOES_ON)
def _(link):
    link.park(1, wire.ON_FUTEX)


@linked(PARKING, 'never parked', GOES_ON)
def _(link):
    link.park(0, wire.RUNNING, 0)


@linked(PARKING, 'all bits of the parked word', GOES_ON)
def _(link):
    wire.U64.pack_into(link.memory, wire.PARKED, 2 ** 64 - 1)


def busy(name, turns, rings, word):
    """Traffic goes on while the parked word lies, so that the victim looks at it; and it rings as often as is said.

    @param word: `word(link, n)` writes the n-th word
    @param rings: least rings in a turn, as counted by the victim's futex word and by edges of the bell
    """
    @row(PARKING, name, GOES_ON, method='upload', late_ms=BUSY_MS)
    def _(peer):
        link = peer.start()
        turn = answered if peer.role == CLIENT else read
        if peer.role == SERVER:
            peer.request(link)
        with select.epoll() as edges:
            edges.register(link.half.bell, select.EPOLLIN | select.EPOLLET)
            edges.poll(0)
            futex = lambda: U32.unpack_from(link.peer, wire.BELL)[0]
            before, counted, words = futex(), 0, 0
            for _ in range(turns):
                deadline = time.monotonic() + 30
                for _ in turn(link):
                    word(link, words)
                    words += 1
                    counted += len(edges.poll(0))
                    assert time.monotonic() < deadline, f'the victim has stopped after {words} words'
            link.park(0, wire.RUNNING)
            counted += futex() - before & 0xFFFFFFFF
            assert counted >= rings * turns, f'rung {counted} times in {turns} turns with {words} words'
        return link


def answered(link):
    """One call. Yields before it, and until it is answered."""
    yield
    link.send(wire.REQUEST, wire.string('x'), call=6, method=ECHO)
    while not any(record.kind == wire.REPLY for record in link.records()):
        yield


def read(link):
    """Some items of the victim's stream. Yields before, and until they are there, and gives their credit back."""
    yield
    while not (items := [record for record in link.records() if record.kind == wire.INPUT]):
        yield
    counts = [record.method if record.flags & 1 else 1 for record in items]
    link.send(wire.INPUT_WINDOW, call=link.request.call, aux=sum(len(record.payload) for record in items),
              method=sum(counts))


busy('spinning for good on every CPU', 256, 0, lambda link, n: link.park(n, wire.SPINNING, n % 256))
busy('a new sleep at every look', 500, 0.5,
     lambda link, n: link.park(n, wire.IN_LOOP + n % 2, wants_space=True))
busy('asleep on a futex anew at every look', 500, 0.5, lambda link, n: link.park(n, wire.ON_FUTEX, wants_space=True))


@linked(PARKING, 'the bell of the other side drained', GOES_ON)
def _(link):
    """What is rung by adding zero wakes nobody then: only this connection of the victim's sleeps on, until it is put right."""
    for _ in range(1_000):
        os.read(link.peer_bell, 8)
        os.write(link.peer_bell, wire.U64.pack(1))
    os.read(link.peer_bell, 8)
    time.sleep(0.1)
    os.write(link.peer_bell, wire.U64.pack(1))


@linked(PARKING, 'a storm of wakes', GOES_ON)
def _(link):
    for _ in range(50_000):
        os.write(link.peer_bell, wire.U64.pack(1))


@linked(PARKING, 'the bell of the other side filled to the brim', GOES_ON)
def _(link):
    wire.fill(link.peer_bell)


@linked(PARKING, 'the own bell filled and made to block after the handshake', GOES_ON)
def _(link):
    os.set_blocking(link.half.bell, True)
    wire.fill(link.half.bell)
    link.park(7, wire.IN_LOOP)


@linked(PARKING, 'closed, it says, and goes on', LEFT)
def _(link):
    U32.pack_into(link.memory, wire.CLOSED, 1)
    for _ in range(100):
        link.send(wire.ABORT, call=77)


# ---- the socket

def socket_row(name, reason, message, outcome=CLOSED):
    @linked(SOCKET, name, outcome, reason)
    def _(link):
        message(link)


socket_row('a message that means nothing', 'means nothing', lambda link: link.sock.send(b'hello there'))
socket_row('a message of another magic', 'means nothing', lambda link: link.socket_message(1, 1, 1, [0], magic=1))
socket_row('a message of another type', 'means nothing', lambda link: link.socket_message(3, 1, 1, [0]))
socket_row('a message with something where zero stands', 'means nothing',
           lambda link: link.socket_message(1, 1, 1, [0], zero=1))
socket_row('a message too long', 'too long', lambda link: link.sock.send(bytes(65)))
socket_row('descriptors nobody counted', 'descriptors', lambda link: link.socket_message(1, 1, 1, [0, 0]))
socket_row('counted descriptors that are not there', 'descriptors', lambda link: link.socket_message(1, 1, 1))
socket_row('descriptors out of order', 'descriptors', lambda link: link.socket_message(1, 1, 2, [0]))
socket_row('a byte with a descriptor', 'descriptors|means nothing', lambda link: wire.send(link.sock, b'\0', [0]))
socket_row('more descriptors than are taken', 'descriptors',
           lambda link: link.socket_message(1, 250, 1, [0] * 250))
socket_row('an arena that is a pipe', 'arena', lambda link: link.socket_message(2, 1, 1, [os.pipe()[1]]))
socket_row('an arena that is not sealed', 'arena',
           lambda link: link.socket_message(2, 1, 1, [wire.memory_file(64 << 20, False)]))
socket_row('an arena that is too small', 'too small',
           lambda link: link.socket_message(2, 1, 1, [wire.add_seals(wire.memory_file(1 << 20, False))]))
socket_row('an arena that is too large', 'larger than this side takes',
           lambda link: link.socket_message(2, 1, 1, [wire.add_seals(wire.memory_file(1 << 40, False))]))
socket_row('an arena out of order', 'out of order',
           lambda link: link.socket_message(2, 1, 2, [wire.add_seals(wire.memory_file(64 << 20, False))]))


@linked(SOCKET, 'descriptors beyond the credit for them', CLOSED, 'beyond the credit')
def _(link):
    """The victims take one with a message, and no record ever names these."""
    for id in range(1, 18):
        link.socket_message(wire.DESCRIPTORS, 1, id, [0])


@linked(SOCKET, 'as many descriptors as there is credit', GOES_ON)
def _(link):
    for id in range(1, 17):
        link.socket_message(wire.DESCRIPTORS, 1, id, [0])


@linked(SOCKET, 'a storm of bytes', GOES_ON)
def _(link):
    link.sock.settimeout(30)
    for _ in range(5_000):
        link.sock.send(b'\0')


def is_stopped(pid):
    with open(f'/proc/{pid}/stat') as stat:
        return stat.read().rpartition(')')[2].split()[0] == 'T'


@linked(SOCKET, 'rubbish behind more bytes than are read at once', CLOSED, 'means nothing', late_ms=100)
def _(link):
    """All of it is there when the other side looks: one event tells of it, and none follows."""
    pid = struct.unpack('3i', link.sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
    os.kill(pid, signal.SIGSTOP)
    try:
        while not is_stopped(pid):
            pass
        # One more than are read at once; not many more find room.
        for _ in range(65):
            link.sock.send(b'\0')
        link.sock.send(b'hello there')
    finally:
        os.kill(pid, signal.SIGCONT)


@linked(SOCKET, 'half closed', GOES_ON)
def _(link):
    link.sock.shutdown(socket.SHUT_RD)
