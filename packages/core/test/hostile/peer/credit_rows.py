"""Credit for a little more than was really sent, and what a peer gets that takes the least there is.

The sender of what is counted is the victim: it sends one thing, and is given credit for another one, too.
"""
import os, struct

import wire
from connect import Client
from rows import ANSWERED, CLIENT, CLOSED, GOES_ON, SERVER, row
from target import DRIP, FEED, LEND, WATCH

CREDIT = 'credit and streams'
SMALLEST = 'the smallest limits'
RESOURCE_EXHAUSTED, FAILED_PRECONDITION = 8, 9
FDS = 'credit for descriptors'
STREAM = 'more credit for a stream than its window'


def descriptors(link, count=1):
    """Takes socket messages with so many descriptors in all, and closes them."""
    while count > 0:
        data, fds = wire.receive(link.sock)
        for fd in fds:
            os.close(fd)
        # Bytes of bells come over the same socket.
        if len(data) == 16:
            assert struct.unpack('<IHH', data[:8]) == (wire.SOCKET_MAGIC, wire.DESCRIPTORS, len(fds)), data
            count -= len(fds)


def items(link, call, count=1):
    """The bytes that so many single items of an output cost."""
    return sum(len(link.wait(lambda record: record.call == call and record.kind == wire.OUTPUT).payload)
               for _ in range(count))


def client(group, name, outcome, reason=None, limits=None):
    """`act(link)` of a client whose HELLO states these limits."""
    def register(act):
        @row(group, name, outcome, reason, roles=(CLIENT,))
        def _(peer):
            link = Client(peer.path).hello(limits=limits).welcomed().attach().ready()
            act(link)
            return link
        return act
    return register


def server(group, name, outcome, reason=None, method='echo', limits=None):
    """`act(link, request)` of a server whose WELCOME states these limits."""
    def register(act):
        @row(group, name, outcome, reason, roles=(SERVER,), method=method)
        def _(peer):
            link = peer.accept().welcome(limits=limits).attached().ready()
            request = peer.request(link)
            # What a call gets that goes on.
            request.payload = wire.string('x')
            act(link, request.call)
            return link
        return act
    return register


# ---- credit for descriptors: the victim has sent one

def after_one_descriptor(name, outcome, credits, reason=None):
    """The same after one that came with an answer, with an item, and with a request."""
    for method, where in ((LEND, 'an answer'), (FEED, 'an item')):
        @client(CREDIT, f'{name}, which came with {where}', outcome, reason)
        def _(link, method=method):
            link.send(wire.REQUEST, wire.string('x'), call=5, method=method)
            descriptors(link)
            link.wait(lambda record: record.call == 5)
            for count in credits:
                link.send(wire.FD_CREDIT, call=0, aux=count)

    @server(CREDIT, f'{name}, which came with a request', outcome, reason, method='keep')
    def _(link, call):
        descriptors(link)
        for count in credits:
            link.send(wire.FD_CREDIT, call=0, aux=count)


after_one_descriptor('credit for the one descriptor', GOES_ON, (1,))
after_one_descriptor('credit for two descriptors, not one', CLOSED, (2,), FDS)
after_one_descriptor('credit for one descriptor, twice', CLOSED, (1, 1), FDS)


# ---- credit for items: the victim has sent one

def after_one_item(name, outcome, credits, reason=None):
    """`credits(bytes)`: pairs of bytes and items to give back for one item of so many bytes."""
    @client(CREDIT, f'{name} of an output', outcome, reason)
    def _(link):
        link.send(wire.REQUEST, call=5, method=DRIP)
        for bytes, count in credits(items(link, 5)):
            link.send(wire.OUTPUT_WINDOW, call=5, aux=bytes, method=count)

    @server(CREDIT, f'{name} of an input', outcome, reason, method='drip')
    def _(link, call):
        item = link.wait(lambda record: record.call == call and record.kind == wire.INPUT)
        for bytes, count in credits(len(item.payload)):
            link.send(wire.INPUT_WINDOW, call=call, aux=bytes, method=count)


after_one_item('credit for the one item', GOES_ON, lambda bytes: [(bytes, 1)])
after_one_item('credit for one item more', CLOSED, lambda bytes: [(bytes, 2)], STREAM)
after_one_item('credit for one byte more', CLOSED, lambda bytes: [(bytes + 1, 1)], STREAM)
after_one_item('credit for one item, twice', CLOSED, lambda bytes: [(bytes, 1)] * 2, STREAM)


@client(CREDIT, 'credit for two items, where one descriptor came', CLOSED, STREAM)
def _(link):
    link.send(wire.REQUEST, wire.string('x'), call=5, method=FEED)
    descriptors(link)
    link.send(wire.OUTPUT_WINDOW, call=5, aux=items(link, 5), method=2)


def note(name, outcome, count, reason=None):
    @server(CREDIT, name, outcome, reason, method='noted')
    def _(link, call):
        # The victim has sent one before its call.
        link.send(wire.CREDIT, aux=count)


note('credit for the one one-way message', GOES_ON, 1)
note('credit for two one-way messages, not one', CLOSED, 2, 'more credit than its window')


# ---- the smallest limits: what a victim sends to a peer that takes next to nothing

def lend(link, call):
    """@returns the code of the error of a call that would answer with a descriptor, or None when it did."""
    link.send(wire.REQUEST, wire.string('x'), call=call, method=LEND)
    answer = link.wait(lambda record: record.call == call)
    return answer.aux if answer.kind == wire.ERROR else None


@client(SMALLEST, 'one descriptor at a time, none of which is ever taken', GOES_ON, limits=dict(fds=1))
def _(link):
    ends = [lend(link, call) for call in range(100, 118)]
    assert ends == [None] * 16 + [RESOURCE_EXHAUSTED] * 2, ends
    descriptors(link, 16)
    # What is given back may be used again, and no more than that.
    link.send(wire.FD_CREDIT, call=0, aux=1)
    ends = [lend(link, call) for call in (200, 201)]
    assert ends == [None, RESOURCE_EXHAUSTED], ends
    descriptors(link)


@client(SMALLEST, 'one descriptor at a time, and credit for a 17th', CLOSED, FDS, limits=dict(fds=1))
def _(link):
    for call in range(100, 116):
        assert lend(link, call) is None
    descriptors(link, 16)
    link.send(wire.FD_CREDIT, call=0, aux=17)


@client(SMALLEST, 'no descriptors', ANSWERED, limits=dict(fds=0))
def _(link):
    assert lend(link, 100) == FAILED_PRECONDITION
    link.send(wire.REQUEST, wire.string('x'), call=5, method=FEED)
    answer = link.wait(lambda record: record.call == 5)
    assert (answer.kind, answer.aux) == (wire.ERROR, FAILED_PRECONDITION), answer.shown()


@client(SMALLEST, 'a window of one item', GOES_ON, limits=dict(stream_items=1))
def _(link):
    link.send(wire.REQUEST, wire.string('x'), call=5, method=WATCH)
    for _ in range(3):
        bytes = items(link, 5)
        # A call there and back: a second item would have come by now.
        assert lend(link, 100) is None
        descriptors(link)
        link.send(wire.FD_CREDIT, call=0, aux=1)
        assert not [record for record in link.records() if record.call == 5]
        link.send(wire.OUTPUT_WINDOW, call=5, aux=bytes, method=1)
    link.send(wire.CANCEL, call=5)


@client(SMALLEST, 'a window of one item, and credit for two', CLOSED, STREAM, limits=dict(stream_items=1))
def _(link):
    link.send(wire.REQUEST, wire.string('x'), call=5, method=WATCH)
    link.send(wire.OUTPUT_WINDOW, call=5, aux=items(link, 5), method=2)


@server(SMALLEST, 'one one-way message at a time, and credit for two', CLOSED, 'more credit than its window', method='noted',
        limits=dict(oneway=1))
def _(link, call):
    link.send(wire.CREDIT, aux=2)


@server(SMALLEST, 'a window of one item', GOES_ON, method='drip', limits=dict(stream_items=1))
def _(link, call):
    link.wait(lambda record: record.call == call and record.kind == wire.INPUT)


@server(SMALLEST, 'no descriptors', ANSWERED, 'FAILED_PRECONDITION', method='keepAfterEcho', limits=dict(fds=0))
def _(link, call):
    link.send(wire.REPLY, wire.string('x'), call=call)
