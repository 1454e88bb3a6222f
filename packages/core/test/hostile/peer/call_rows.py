"""Calls, streams and payloads that are not as they should be: what a client does, then what a server does."""
import struct

import wire
from rows import ANSWERED, CLIENT, CLOSED, GOES_ON, SERVER, row
from wire import Ended, U32, string
from target import ECHO, HOLD, MIRROR, NOTE, ORDER, UPLOAD, WATCH

METHODS = 'methods'
CALL_IDS = 'call ids'
CREDIT = 'credit and streams'
PAYLOADS = 'payloads'
ATTACHMENTS = 'attachments and doors'

INVALID_ARGUMENT, UNIMPLEMENTED, INTERNAL = 3, 12, 13


# A value that nests too deep is noticed when the victim's stack is full.
FULL_STACK_MS = 5


def client(group, name, outcome, reason=None, late_ms=1):
    def register(act):
        @row(group, name, outcome, reason, roles=(CLIENT,), late_ms=late_ms)
        def _(peer):
            link = peer.start()
            act(link)
            return link
        return act
    return register


def server(group, name, outcome, reason=None, method='echo', late_ms=1):
    """`act(link, call)` answers a call of the victim's."""
    def register(act):
        @row(group, name, outcome, reason, roles=(SERVER,), method=method, late_ms=late_ms)
        def _(peer):
            link = peer.start()
            act(link, peer.request(link).call)
            return link
        return act
    return register


def refused(link, code, **request):
    """A request that is answered by an error."""
    link.send(wire.REQUEST, call=21, **request)
    answer = link.wait(lambda record: record.call == 21)
    assert (answer.kind, answer.aux) == (wire.ERROR, code), answer.shown()


def call(link, method, payload=b'', call=5, **fields):
    link.send(wire.REQUEST, payload, call=call, method=method, **fields)


# ---- methods

for number in (12, 255, 65_279, 65_535):
    client(METHODS, f'a method that there is not: {number}', ANSWERED)(
        lambda link, number=number: refused(link, UNIMPLEMENTED, method=number))


@client(METHODS, 'a one-way method, called like another', ANSWERED)
def _(link):
    refused(link, UNIMPLEMENTED, method=NOTE)


@client(METHODS, 'another method, called one-way', GOES_ON)
def _(link):
    link.send(wire.ONEWAY, string('x'), call=wire.ONEWAY_ID + 1, method=ECHO)


# ---- call ids

@client(CALL_IDS, 'one that is in use', CLOSED, 'used the call id 5 twice')
def _(link):
    call(link, HOLD, string('x'))
    call(link, HOLD, string('y'))


@client(CALL_IDS, 'one that is in use, in the same batch', CLOSED, 'used the call id 5 twice')
def _(link):
    link.write(wire.REQUEST, string('x'), call=5, method=HOLD)
    call(link, ECHO, string('y'))


@client(CALL_IDS, 'one whose input is still open, after the answer', CLOSED, 'used the call id 5 twice')
def _(link):
    call(link, UPLOAD)
    link.send(wire.CANCEL, call=5)
    link.wait(lambda record: record.call == 5 and record.kind == wire.ERROR)
    call(link, ECHO, string('x'))


@client(CALL_IDS, 'a cancel for a call that never was', GOES_ON)
def _(link):
    for unknown in (0, 99, 0xFFFFFFFF):
        link.send(wire.CANCEL, call=unknown)


@client(CALL_IDS, 'a thousand cancels for one call', GOES_ON)
def _(link):
    call(link, HOLD, string('x'))
    for _ in range(1000):
        link.write(wire.CANCEL, call=5)
    link.publish()


@client(CALL_IDS, 'a call after its goaway', CLOSED, 'called after its goaway')
def _(link):
    call(link, HOLD, string('x'))
    link.write(wire.GOAWAY)
    call(link, ECHO, string('x'), call=6)


for kind, name in ((wire.REPLY, 'reply'), (wire.ERROR, 'error'), (wire.CREDIT, 'credit'),
                   (wire.OUTPUT, 'item of an output'), (wire.INPUT_WINDOW, 'credit of an input')):
    client(CALL_IDS, f'the {name} that only a server sends', CLOSED, f'sent a message of kind {kind}')(
        lambda link, kind=kind: link.send(kind, call=5, aux=1))


# ---- credit and streams

# What the credit allows, in one go, takes the victim 1 to 3 ms, whoever sends it.
ALL_CREDIT_MS = 5


@client(CREDIT, 'more one-way messages than credit', CLOSED, 'more one-way messages than it has credit for',
        late_ms=ALL_CREDIT_MS)
def _(link):
    for id in range(link.reader.oneway_window + 1):
        link.write(wire.ONEWAY, string('x'), call=wire.ONEWAY_ID + id, method=NOTE)
    link.publish()


@client(CREDIT, 'an item for a call that is not', CLOSED, 'call 9, which has no open input')
def _(link):
    link.send(wire.INPUT, string('x'), call=9)


@client(CREDIT, 'the end of an input that is not', CLOSED, 'ended the input of call 9')
def _(link):
    link.send(wire.INPUT_END, call=9)


@client(CREDIT, 'an item for a call without an input', CLOSED, 'no open input')
def _(link):
    call(link, HOLD, string('x'))
    link.send(wire.INPUT, string('x'), call=5)


@client(CREDIT, 'an end in the midst of an item', CLOSED, 'in the midst of an item')
def _(link):
    call(link, UPLOAD)
    link.write(wire.INPUT, b'\xa5ab', call=5, flags=wire.MORE)
    link.send(wire.INPUT_END, call=5)


@client(CREDIT, 'more bytes of a stream than credit', CLOSED, 'credit|window', late_ms=ALL_CREDIT_MS)
def _(link):
    """Four calls of HOLD's kind would read: this one reads slowly."""
    call(link, UPLOAD)
    sent = 0
    while sent <= 4 * link.reader.stream_bytes and not link.closed():
        # Not taken before the whole ring is full: the reader has no turn to give credit.
        while link.tail - struct.unpack_from('<I', link.peer, wire.HEAD)[0] < link.ring // 2:
            link.write(wire.INPUT, string('x' * 8000), call=5)
            sent += 8005
        link.publish()


@client(CREDIT, 'more items of a stream than credit', CLOSED, 'credit|window', late_ms=ALL_CREDIT_MS)
def _(link):
    call(link, UPLOAD)
    for _ in range(link.reader.stream_items + 1):
        link.write(wire.INPUT, string('x'), call=5)
    link.publish()


@client(CREDIT, 'a bundle of none', CLOSED, 'damaged bundle')
def _(link):
    call(link, UPLOAD)
    link.send(wire.INPUT, b'', call=5, flags=0x01, method=0)


@client(CREDIT, 'a bundle cut short', CLOSED, 'damaged bundle')
def _(link):
    call(link, UPLOAD)
    link.send(wire.INPUT, string('x'), call=5, flags=0x01, method=2)


@client(CREDIT, 'a bundle of more items than there are', CLOSED, 'damaged bundle|than it has credit')
def _(link):
    call(link, UPLOAD)
    link.send(wire.INPUT, U32.pack(2) + string('x'), call=5, flags=0x01, method=60_000)


@client(CREDIT, 'a bundle whose item is longer than it', CLOSED, 'damaged bundle')
def _(link):
    call(link, UPLOAD)
    link.send(wire.INPUT, (U32.pack(0xFFFFFFFF) + string('x')) * 2, call=5, flags=0x01, method=2)


@client(CREDIT, 'credit for a call that is not', GOES_ON)
def _(link):
    link.send(wire.OUTPUT_WINDOW, call=9, aux=0xFFFFFFFF, method=0xFFFF)


@client(CREDIT, 'credit for a call without an output', GOES_ON)
def _(link):
    call(link, HOLD, string('x'))
    link.send(wire.OUTPUT_WINDOW, call=5, aux=0xFFFFFFFF, method=0xFFFF)


@client(CREDIT, 'credit beyond the window', CLOSED, 'more credit for a stream than its window')
def _(link):
    call(link, WATCH, string('x'))
    link.wait(lambda record: record.kind == wire.OUTPUT)
    link.send(wire.OUTPUT_WINDOW, call=5, aux=0xFFFFFFFF, method=0xFFFF)


# ---- payloads

def payload(name, data, code=INVALID_ARGUMENT, method=ECHO, late_ms=1, **fields):
    client(PAYLOADS, name, ANSWERED, late_ms=late_ms)(lambda link: refused(link, code, method=method, payload=data, **fields))


payload('nothing', b'')
payload('half a value', b'\xd9\x20half')
payload('two values', string('a') + string('b'))
payload('arrays within arrays', b'\x91' * 16_000 + b'\xc0', method=MIRROR, late_ms=FULL_STACK_MS)
payload('maps within maps', b'\x81\xa1k' * 5_000 + b'\xc0', method=MIRROR, late_ms=FULL_STACK_MS)
payload('an array of four billion', b'\xdd\xff\xff\xff\xff', method=MIRROR)
payload('a map of four billion', b'\xdf\xff\xff\xff\xff', method=MIRROR)
payload('a text of 4 GiB', b'\xdb\xff\xff\xff\xff', method=MIRROR)
payload('bytes of 4 GiB', b'\xc6\xff\xff\xff\xff', method=MIRROR)
payload('an extension of 4 GiB', b'\xc9\xff\xff\xff\xff\x42', method=MIRROR)
payload('an extension that there is not', b'\xd4\x63\x00', method=MIRROR)
payload('a byte that begins nothing', b'\xc1')
payload('a definition of a record', b'\xd4\x72\x40\x91\xa1a\x01', method=MIRROR)
payload('another type', b'\x01')


@client(PAYLOADS, 'arrays within arrays, 16 MiB of them', ANSWERED, late_ms=FULL_STACK_MS)
def _(link):
    total = 16 << 20
    body = b'\x91' * (total - 1) + b'\xc0'
    piece = link.ring // 8 - 16 - 4
    link.send(wire.REQUEST, U32.pack(total) + body[:piece], call=21, method=MIRROR, flags=wire.FRAGMENTED)
    sent = piece
    while sent < total:
        while link.tail - U32.unpack_from(link.peer, wire.HEAD)[0] > link.ring // 2:
            if link.closed():
                raise Ended('closed')
        link.send(wire.CONTINUATION, body[sent:sent + piece], call=21)
        sent += piece
    answer = link.wait(lambda record: record.call == 21)
    assert (answer.kind, answer.aux) == (wire.ERROR, INVALID_ARGUMENT), answer.shown()


def polluting(name, data, method):
    """Accepted or refused, but no prototype changes: the test looks at those of the victim's after each row."""
    @client(PAYLOADS, name, ANSWERED)
    def _(link):
        link.send(wire.REQUEST, data, call=21, method=method)
        link.wait(lambda record: record.call == 21)


evil = wire.mapping(polluted=b'\xc3')
key = lambda name, value: bytes([0x81]) + string(name) + value
polluting('__proto__ as a key', key('__proto__', evil), MIRROR)
polluting('constructor.prototype as keys', key('constructor', key('prototype', evil)), MIRROR)
polluting('__proto__ beside the right keys',
          b'\x83' + string('__proto__') + evil + string('name') + string('n') + string('tags') + b'\x90', ORDER)
polluting('__proto__ as the array of tags', b'\x82' + string('name') + string('n') + string('tags') + key('__proto__', evil),
          ORDER)


def metadata(data):
    return U32.pack(len(data)) + data


def broken(group, name, reason, flags, data, method=ECHO):
    client(group, name, CLOSED, reason)(
        lambda link: call(link, method, data, flags=flags))


broken(PAYLOADS, 'metadata longer than the message', 'damaged metadata', wire.METADATA, U32.pack(0xFFFFFFFF))
broken(PAYLOADS, 'metadata of two bytes', 'damaged metadata', wire.METADATA, b'\x01\x00')
broken(PAYLOADS, 'metadata that is none', 'damaged metadata', wire.METADATA, metadata(b'\xc1') + string('x'))


# ---- attachments and doors

def table(count, entries=b'', fds=0, ticket=0):
    return struct.pack('<HHI', count, fds, ticket) + entries


broken(ATTACHMENTS, 'a table longer than the message', 'damaged', wire.ATTACHMENTS, table(256))
broken(ATTACHMENTS, 'a table of 65,535', 'damaged', wire.ATTACHMENTS, table(65_535))
broken(ATTACHMENTS, 'a table cut off', 'damaged', wire.ATTACHMENTS, b'\x01')
broken(ATTACHMENTS, 'an attachment of an unknown kind', 'damaged', wire.ATTACHMENTS, table(1, b'\x09' + bytes(31)) + string('x'))
broken(ATTACHMENTS, 'a blob in a segment that never came', 'damaged|never sent', wire.ATTACHMENTS,
       table(1, struct.pack('<BxxxIIIQQ', 1, 9, 1, 0, 0, 100)) + string('x'))
broken(ATTACHMENTS, 'a descriptor that never came', 'damaged|never came', wire.ATTACHMENTS,
       table(1, b'\x02' + bytes(31), fds=1, ticket=7) + string('x'))
broken(ATTACHMENTS, 'a door that was never given', 'never given', wire.DOOR, U32.pack(12) + string('x'))
broken(ATTACHMENTS, 'a door without a number', 'never given', wire.DOOR, b'')

# ---- a server's

for kind, name in ((wire.REQUEST, 'request'), (wire.INPUT, 'item of an input'), (wire.INPUT_END, 'end of an input'),
                   (wire.OUTPUT_WINDOW, 'credit of an output'), (wire.CANCEL, 'cancel'), (wire.ONEWAY, 'one-way message')):
    server(CALL_IDS, f'the {name} that only a client sends', CLOSED, f'sent a message of kind {kind}')(
        lambda link, call, kind=kind: link.send(kind, call=call | wire.SERVER_ID, aux=1))


@server(CALL_IDS, 'an answer to a call that never was', CLOSED, 'which is not open')
def _(link, call):
    link.send(wire.REPLY, string('x'), call=call + 1)


@server(CALL_IDS, 'an answer to a call of an earlier use', CLOSED, 'which is not open')
def _(link, call):
    link.send(wire.REPLY, string('x'), call=call ^ 0x10000)


@server(CALL_IDS, 'an answer to a call of a server', CLOSED, 'which is not open')
def _(link, call):
    link.send(wire.ERROR, call=call | wire.SERVER_ID, aux=3)


@server(CALL_IDS, 'two answers', CLOSED, 'which is not open')
def _(link, call):
    link.write(wire.REPLY, string('x'), call=call)
    link.send(wire.REPLY, string('x'), call=call)


@server(CREDIT, 'credit for one-way messages beyond the window', CLOSED, 'more credit than its window')
def _(link, call):
    link.send(wire.CREDIT, aux=0xFFFFFFFF)


@server(CREDIT, 'an item for a call without an output', CLOSED, 'which has no open output')
def _(link, call):
    link.send(wire.OUTPUT, string('x'), call=call)


@server(CREDIT, 'credit for a call without an input', CLOSED, 'which has no input stream')
def _(link, call):
    link.send(wire.INPUT_WINDOW, call=call, aux=1)


@server(CREDIT, 'credit beyond the window of an input', CLOSED, 'credit', method='upload')
def _(link, call):
    link.send(wire.INPUT_WINDOW, call=call, aux=0xFFFFFFFF, method=0xFFFF)


@server(CREDIT, 'more items than credit', CLOSED, 'credit|window', method='watch')
def _(link, call):
    for _ in range(link.reader.stream_items + 1):
        link.write(wire.OUTPUT, string('x'), call=call)
    link.publish()


@server(CREDIT, 'the end of a stream in the midst of an item', CLOSED, 'in the midst of an item', method='watch')
def _(link, call):
    link.write(wire.OUTPUT, b'\xa5ab', call=call, flags=wire.MORE)
    link.send(wire.REPLY, call=call)


@server(CREDIT, 'a bundle of more items than there are', CLOSED, 'damaged bundle|than it has credit', method='watch')
def _(link, call):
    link.send(wire.OUTPUT, U32.pack(2) + string('x'), call=call, flags=0x01, method=60_000)


def reply(name, data, code='INTERNAL', method='echo', late_ms=1, **fields):
    server(PAYLOADS, name, ANSWERED, code, method, late_ms)(lambda link, call: link.send(wire.REPLY, data, call=call, **fields))


# What is no value of the schema is the server's to refuse: a client takes whatever can be decoded.
reply('nothing', b'', 'OK')
reply('half a value', b'\xd9\x20half')
reply('arrays within arrays', b'\x91' * 16_000 + b'\xc0', method='mirror', late_ms=FULL_STACK_MS)
reply('an array of four billion', b'\xdd\xff\xff\xff\xff', method='mirror')
reply('a text of 4 GiB', b'\xdb\xff\xff\xff\xff', method='mirror')
reply('a byte that begins nothing', b'\xc1', 'OK')
reply('metadata longer than the message', U32.pack(0xFFFFFFFF), flags=wire.METADATA)


@server(PAYLOADS, '__proto__ as a key', ANSWERED, 'OK', 'mirror')
def _(link, call):
    link.send(wire.REPLY, key('__proto__', evil), call=call)


@server(PAYLOADS, 'an error with a code that there is not', ANSWERED, '^INTERNAL$', 'echo')
def _(link, call):
    link.send(wire.ERROR, string('x'), call=call, aux=0xFFFFFFFF)


@server(PAYLOADS, 'a declared reason that is none', ANSWERED, '^INTERNAL$', 'echo')
def _(link, call):
    link.send(wire.ERROR, b'\xdd\xff\xff\xff\xff', call=call, aux=9, flags=wire.DECLARED)


@server(PAYLOADS, 'a reason called __proto__', ANSWERED, '^INTERNAL$', 'echo')
def _(link, call):
    link.send(wire.ERROR, b'\x92' + string('__proto__') + evil, call=call, aux=9, flags=wire.DECLARED)


@server(ATTACHMENTS, 'a table longer than the message', CLOSED, 'damaged|attachments')
def _(link, call):
    link.send(wire.REPLY, table(256), call=call, flags=wire.ATTACHMENTS)


@server(ATTACHMENTS, 'a descriptor that never came', CLOSED, 'never came|never sent')
def _(link, call):
    link.send(wire.REPLY, table(1, b'\x02' + bytes(31), fds=1, ticket=7) + string('x'), call=call, flags=wire.ATTACHMENTS)


@server(ATTACHMENTS, 'a blob in a segment that never came', CLOSED, 'a blob that is not there')
def _(link, call):
    link.send(wire.REPLY, table(1, struct.pack('<BxxxIIIQQ', 1, 9, 1, 0, 0, 100)) + string('x'), call=call,
              flags=wire.ATTACHMENTS)


@server(ATTACHMENTS, 'a call of a door that was never given', CLOSED, 'sent a message of kind 1')
def _(link, call):
    link.send(wire.REQUEST, U32.pack(12) + string('x'), call=call | wire.SERVER_ID, flags=wire.DOOR)


# ---- flags that a kind does not have: nobody looks at them

@client(CALL_IDS, 'a request that is a piece of an item', GOES_ON)
def _(link):
    link.send(wire.REQUEST, string('x'), call=21, method=ECHO, flags=wire.MORE)
    answer = link.wait(lambda record: record.call == 21)
    assert (answer.kind, answer.payload) == (wire.REPLY, string('x')), answer.shown()


@client(CALL_IDS, 'a request with a declared reason', GOES_ON)
def _(link):
    """On a request this flag says that the caller is blocked."""
    link.send(wire.REQUEST, string('x'), call=21, method=ECHO, flags=wire.DECLARED)
    answer = link.wait(lambda record: record.call == 21)
    assert (answer.kind, answer.payload) == (wire.REPLY, string('x')), answer.shown()


@server(CALL_IDS, 'an answer that is a piece of an item', ANSWERED, '^OK$')
def _(link, call):
    link.send(wire.REPLY, string('x'), call=call, flags=wire.MORE)


@server(CALL_IDS, 'an answer of a door, with a declared reason', ANSWERED, '^OK$')
def _(link, call):
    link.send(wire.REPLY, string('x'), call=call, flags=wire.DOOR | wire.DECLARED)
