"""Before there is a connection."""
import fcntl, mmap, os, socket, struct, tempfile, threading, time

import wire
from connect import Client, dial
from rows import BOTH, CLIENT, CLOSED, GOES_ON, LEFT, REFUSED, SERVER, row
from wire import Ended, Half

DESCRIPTORS = 'descriptors'
SEGMENTS = 'what is no segment'
IDENTITY = 'identity of a segment'
BELLS = 'bells and pidfds'
MESSAGES = 'handshake messages'


def pipe_end():
    read, write = os.pipe()
    os.close(read)
    return write


def offered(group, name, reason, outcome=REFUSED, **more):
    """A row that spoils what WELCOME or ATTACH carries."""
    def register(spoil):
        @row(group, name, outcome, reason, **more)
        def _(peer):
            return peer.offer(spoil)
        return spoil
    return register


@offered(DESCRIPTORS, 'none', 'expected 3 descriptors, got 0')
def _(half):
    return []


@offered(DESCRIPTORS, 'only a segment', 'expected 3 descriptors, got 1')
def _(half):
    return half.fds()[:1]


@offered(DESCRIPTORS, 'no pidfd, which was announced', 'expected 3 descriptors, got 2')
def _(half):
    return half.fds()[:2]


@offered(DESCRIPTORS, 'one too many', 'truncated or too many')
def _(half):
    return half.fds() + [pipe_end()]


@offered(DESCRIPTORS, 'a hundred', 'truncated or too many')
def _(half):
    return half.fds() + [half.bell] * 97


@offered(DESCRIPTORS, 'in another order', 'map peer segment')
def _(half):
    return half.fds()[::-1]


# ---- the segment

@offered(SEGMENTS, 'a pipe', 'map peer segment')
def _(half):
    return [pipe_end()] + half.fds()[1:]


@offered(SEGMENTS, 'a file on a disk', 'map peer segment')
def _(half):
    with tempfile.TemporaryFile() as file:
        file.truncate(wire.RING + half.ring)
        return [os.dup(file.fileno())] + half.fds()[1:]


@offered(SEGMENTS, 'a directory', 'map peer segment')
def _(half):
    return [os.open('/', os.O_RDONLY | os.O_DIRECTORY)] + half.fds()[1:]


@offered(SEGMENTS, 'a device', 'map peer segment')
def _(half):
    return [os.open('/dev/zero', os.O_RDWR)] + half.fds()[1:]


@offered(SEGMENTS, 'a socket', 'map peer segment')
def _(half):
    return [socket.socket(socket.AF_UNIX, socket.SOCK_STREAM).detach()] + half.fds()[1:]


@offered(SEGMENTS, 'an open path', 'map peer segment')
def _(half):
    return [os.open('/', os.O_PATH)] + half.fds()[1:]


@offered(SEGMENTS, 'not sealed at all', 'required seals are missing')
def _(half):
    half.sealed = True


for missing in ('SHRINK', 'GROW', 'FUTURE_WRITE', 'SEAL'):
    def spoil(half, missing=missing):
        half.seal(wire.REQUIRED_SEALS & ~getattr(wire, f'SEAL_{missing}'))
    offered(SEGMENTS, f'without the seal {missing}', f'required seals are missing: F_SEAL_{missing}')(spoil)


@offered(SEGMENTS, 'open for reading only', 'not open for reading and writing')
def _(half):
    fds = half.fds()
    return [os.open(f'/proc/self/fd/{fds[0]}', os.O_RDONLY)] + fds[1:]


def of_size(size, allocate=True):
    def spoil(half):
        half.seal()
        fd = wire.memory_file(size(wire.RING + half.ring), allocate)
        memory = mmap.mmap(fd, max(size(wire.RING + half.ring), 1) if size(1 << 20) else 1) if size(1 << 20) else None
        if memory:
            memory[:16] = half.memory[:16]
        return [wire.add_seals(fd)] + half.fds()[1:]
    return spoil


offered(SEGMENTS, 'empty', 'were agreed')(of_size(lambda agreed: 0))
offered(SEGMENTS, 'a byte short', 'were agreed')(of_size(lambda agreed: agreed - 1))
offered(SEGMENTS, 'a byte long', 'were agreed')(of_size(lambda agreed: agreed + 1))
offered(SEGMENTS, 'half as large', 'were agreed')(of_size(lambda agreed: agreed // 2))
offered(SEGMENTS, 'with holes, so that reading would need memory', 'holes')(of_size(lambda agreed: agreed, False))


@offered(SEGMENTS, 'seals that the kernel reports and does not enforce', 'does not enforce them', victim='lied to')
def _(half):
    half.sealed = True


# ---- its identity

def identity(name, reason, offset, format, value):
    def spoil(half):
        struct.pack_into(format, half.memory, offset, value)
    offered(IDENTITY, name, reason)(spoil)


identity('another magic', 'wrong magic', 0, '<8s', b'DORCALL2')
identity('another layout version', 'another layout version', 8, '<I', wire.LAYOUT_VERSION + 1)
identity('another ring size inside', 'another ring size', 12, '<I', 4096)
identity('a ring size of zero inside', 'another ring size', 12, '<I', 0)


@offered(IDENTITY, 'that changes after it was read', None, GOES_ON)
def _(half):
    struct.pack_into('<8s', half.memory, 0, wire.SEGMENT_MAGIC)
    threading.Timer(0.01, lambda: struct.pack_into('<8sII', half.memory, 0, b'x' * 8, 9, 9)).start()


# ---- bells and pidfds

@offered(BELLS, 'a pipe for a bell', 'is no eventfd')
def _(half):
    return [half.fds()[0], pipe_end(), half.pidfd]


@offered(BELLS, 'a bell that blocks', 'blocking mode')
def _(half):
    return [half.fds()[0], wire.eventfd(flags=os.O_CLOEXEC), half.pidfd]


@offered(BELLS, 'a bell that is full', None, GOES_ON)
def _(half):
    wire.fill(half.bell)


@offered(BELLS, 'a pipe for a pidfd', 'is no pidfd')
def _(half):
    return half.fds()[:2] + [pipe_end()]


def sleeper():
    child = os.fork()
    if child == 0:
        time.sleep(120)
        os._exit(0)
    return child, os.pidfd_open(child)


@row(BELLS, 'a pidfd of another process, which then dies', LEFT)
def _(peer):
    child, pidfd = sleeper()
    link = peer.offer(lambda half: half.fds()[:2] + [pidfd])
    os.kill(child, 9)
    os.waitpid(child, 0)
    return link


@row(BELLS, 'a pidfd of another process, which lives on when this one has hung up', LEFT)
def _(peer):
    child, pidfd = sleeper()
    link = peer.offer(lambda half: half.fds()[:2] + [pidfd])
    link.sock.shutdown(socket.SHUT_RDWR)
    while not link.closed():
        time.sleep(0.001)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return link


# ---- messages

def first(name, reason, message, fds=lambda: (), outcome=REFUSED, **more):
    """A row of a client that begins with something else than a right HELLO."""
    @row(MESSAGES, name, outcome, reason, roles=(CLIENT,), **more)
    def _(peer):
        sock = dial(peer.path)
        wire.send(sock, message(), fds())
        data, _ = wire.receive(sock)
        raise Ended(*wire.refusal(data))


HELLO = lambda **fields: wire.hello('target', **fields)
limits = lambda **fields: HELLO(limits=fields)

first('no handshake: HTTP', 'not a doorcall handshake', lambda: b'GET / HTTP/1.1\r\n\r\n')
first('one byte', 'not a doorcall handshake', lambda: b'\x00')
first('HELLO with another magic', 'not a doorcall handshake', lambda: b'DCH2' + HELLO()[4:])
first('HELLO, a byte short', 'malformed HELLO', lambda: HELLO()[:-1])
first('HELLO, a byte long', 'malformed HELLO', lambda: HELLO() + b'\0')
first('HELLO whose text is longer than the message', 'malformed HELLO',
      lambda: HELLO()[:18] + wire.U32.pack(0xFFFFFFF0) + HELLO()[22:])
first('HELLO with a name of 256 bytes', 'malformed HELLO', lambda: wire.hello('x' * 256))
first('HELLO with a contract of 48 KiB and a byte', 'malformed HELLO', lambda: HELLO(contract=b' ' * (48 * 1024 + 1)))
first('HELLO of 64 KiB and a byte', 'truncated or too many', lambda: HELLO() + bytes(65537 - len(HELLO())))
first('HELLO with a descriptor', 'truncated or too many', HELLO, lambda: [pipe_end()])
first('HELLO with 200 descriptors', 'truncated or too many', HELLO, lambda: [pipe_end()] * 200)
first('versions that do not meet', 'protocol versions do not meet', lambda: HELLO(versions=(2, 9)))
first('versions before the first', 'protocol versions do not meet', lambda: HELLO(versions=(0, 0)))
first('versions in the wrong order', 'malformed HELLO', lambda: HELLO(versions=(2, 1)))
first('messages so small that no error fits', 'malformed HELLO', lambda: limits(message=1023))
first('more descriptors than the kernel carries', 'malformed HELLO', lambda: limits(fds=254))
first('blobs larger than any memory', 'malformed HELLO', lambda: limits(blob=(1 << 48) + 1))
first('another service', 'this is target, not other', lambda: wire.hello('other'))
first('ATTACH first', 'got ATTACH where HELLO was expected', wire.attach, lambda: Half().fds()[:0])
first('READY first', 'got READY where HELLO was expected', lambda: wire.begin(wire.READY))
first('a type that there is not', 'not a doorcall handshake', lambda: wire.begin(99))


@row(MESSAGES, 'nothing at all, and then away', REFUSED, 'peer left in the middle', roles=(CLIENT,))
def _(peer):
    dial(peer.path).close()
    raise Ended(14, 'peer left in the middle')


@row(MESSAGES, 'nothing at all', REFUSED, 'not finished in time', roles=(CLIENT,), victim='impatient')
def _(peer):
    sock = dial(peer.path)
    try:
        wire.receive(sock)
    except Ended:
        raise Ended(14, 'not finished in time') from None


@row(MESSAGES, 'HELLO, and nothing more', REFUSED, 'not finished in time', roles=(CLIENT,), victim='impatient')
def _(peer):
    client = Client(peer.path).hello().welcomed()
    try:
        wire.receive(client.sock)
    except Ended:
        raise Ended(14, 'not finished in time') from None


@row(MESSAGES, 'an empty message', REFUSED, 'peer left in the middle', roles=(CLIENT,))
def _(peer):
    sock = dial(peer.path)
    sock.send(b'')
    try:
        wire.receive(sock)
    except Ended:
        raise Ended(14, 'peer left in the middle') from None


def second(name, reason, message):
    @row(MESSAGES, name, REFUSED, reason, roles=(CLIENT,))
    def _(peer):
        client = Client(peer.path).hello().welcomed()
        return client.attach(message=message()).ready()


second('HELLO twice', 'got HELLO where ATTACH', HELLO)
second('ATTACH, a byte short', 'malformed ATTACH', lambda: wire.attach()[:-1])
second('ATTACH, a byte long', 'malformed ATTACH', lambda: wire.attach() + b'\0')
second('ATTACH with unknown flags', 'malformed ATTACH', lambda: wire.attach(has=0xFF))
second('ATTACH without the agreed bell', 'without the agreed bell', lambda: wire.attach(has=wire.HAS_PIDFD))
second('ATTACH with an impossible clock', 'malformed ATTACH', lambda: wire.attach(offset=-2 ** 63))
second('HTTP instead of ATTACH', 'got no handshake message', lambda: b'GET / HTTP/1.1\r\n\r\n')


@row(MESSAGES, 'REFUSE, with words for the log', REFUSED, 'the client gave up: a b$', roles=(CLIENT,))
def _(peer):
    try:
        return Client(peer.path).hello().welcomed().attach(message=wire.refuse(3, 'a\nb')).ready()
    except Ended:
        raise Ended(3, 'the client gave up: a b') from None


@row(MESSAGES, 'a contract that is a bomb', GOES_ON, roles=(CLIENT,))
def _(peer):
    client = Client(peer.path).hello(fingerprint=bytes(range(16))).welcomed()
    return client.attach(message=wire.attach(contract=b'[' * 48_000)).ready()


@row(MESSAGES, 'a clock of long ago', GOES_ON, roles=(CLIENT,))
def _(peer):
    return Client(peer.path).hello().welcomed().attach(message=wire.attach(offset=2 ** 62 - 1)).ready()


@row(MESSAGES, 'half handshakes held open by the hundred', REFUSED, 'too many handshakes under way', roles=(CLIENT,),
     lines=5)
def _(peer):
    held = [dial(peer.path) for _ in range(150)]
    late = dial(peer.path)
    wire.send(late, HELLO())
    data, _ = wire.receive(late)
    for sock in held:
        sock.close()
    raise Ended(*wire.refusal(data))


# ---- a server's

def hung_up(accepted, why):
    """After ATTACH a client says nothing more when it gives up."""
    try:
        wire.receive(accepted.sock)
    except Ended:
        raise Ended(14, why) from None


def answered(name, reason, message, outcome=REFUSED, fds=lambda half: half.fds(), **more):
    """A row of a server that answers HELLO with something else than a right WELCOME."""
    @row(MESSAGES, name, outcome, reason, roles=(SERVER,), **more)
    def _(peer):
        accepted = peer.accept()
        half = Half()
        wire.send(accepted.sock, message(accepted), fds(half))
        return accepted.attached()


answered('HTTP', 'no handshake message', lambda hello: b'HTTP/1.1 400 Bad Request\r\n\r\n')
answered('WELCOME, a byte short', 'malformed WELCOME', lambda hello: hello.message()[:-1])
answered('WELCOME, a byte long', 'malformed WELCOME', lambda hello: hello.message() + b'\0')
answered('WELCOME with unknown flags', 'malformed WELCOME', lambda hello: hello.message(has=0xFF))
answered('WELCOME of 64 KiB and a byte', 'truncated or too many', lambda hello: hello.message() + bytes(65_537 - len(hello.message())))
answered('a version that was not offered', 'not offered', lambda hello: hello.message(version=2))
answered('version 0', 'not offered', lambda hello: hello.message(version=0))
answered('a ring larger than was wished', 'not offered', lambda hello: hello.message(client_ring=hello.ring * 2))
answered('a ring of no power of two', 'not offered', lambda hello: hello.message(client_ring=hello.ring - 1))
answered('a ring of zero bytes', 'not offered', lambda hello: hello.message(client_ring=0))
answered('an own ring of 4 GiB', 'not offered', lambda hello: hello.message(server_ring=0x80000000))
answered('an own ring of zero bytes', 'not offered', lambda hello: hello.message(server_ring=0))
answered('WELCOME without the agreed bell', 'without the agreed bell', lambda hello: hello.message(has=wire.HAS_PIDFD))
answered('WELCOME with an impossible clock', 'impossible clock',
         lambda hello: hello.message(limits=dict(clock=2 ** 63)))
answered('ATTACH instead of WELCOME', 'ATTACH where WELCOME', lambda hello: wire.attach())
answered('HELLO instead of WELCOME', 'HELLO where WELCOME', lambda hello: wire.hello('target'))
answered('messages so small that nothing fits', 'malformed WELCOME', lambda hello: hello.message(limits=dict(message=1023)))

def contract(name, text):
    @row(MESSAGES, name, CLOSED, 'the contract of the server cannot be read', roles=(SERVER,))
    def _(peer):
        return peer.accept().welcome(fingerprint=bytes(16), contract=text).attached().ready()


contract('another contract that is a bomb', b'[' * 48_000)
contract('another contract that is no contract', b'{"__proto__":{"polluted":1}}')
contract('another contract that is no text', b'\xff' * 100)


@row(MESSAGES, 'a refusal with a code that there is not', REFUSED, 'malformed REFUSE', roles=(SERVER,))
def _(peer):
    accepted = peer.accept()
    wire.send(accepted.sock, wire.refuse(99, 'no such code'))
    return accepted.attached()


@row(MESSAGES, 'something else than READY', REFUSED, 'WELCOME where READY', roles=(SERVER,))
def _(peer):
    accepted = peer.accept().welcome().attached()
    wire.send(accepted.sock, accepted.message())
    hung_up(accepted, 'WELCOME where READY was expected')


@row(MESSAGES, 'READY with a descriptor', REFUSED, 'truncated or too many', roles=(SERVER,))
def _(peer):
    accepted = peer.accept().welcome().attached()
    wire.send(accepted.sock, wire.begin(wire.READY), [pipe_end()])
    hung_up(accepted, 'truncated or too many')


@row(MESSAGES, 'nothing at all', LEFT, roles=(SERVER,))
def _(peer):
    wire.receive(peer.accept().sock)


@row(MESSAGES, 'nothing after WELCOME', LEFT, roles=(SERVER,))
def _(peer):
    wire.receive(peer.accept().welcome().attached().sock)
