"""The wire as docs/protocol.md and docs/memory-layout.md describe it, and nothing else of doorcall.

What a hostile peer is made of: it follows the documents only as far as its caller wants it to.
"""
import ctypes, fcntl, mmap, os, socket, struct, time

libc = ctypes.CDLL(None, use_errno=True)

# ---- docs/protocol.md, Handshake

MAGIC = 0x31484344  # "DCH1"
HELLO, WELCOME, ATTACH, READY, REFUSE, TAKEOVER, TAKEN = range(1, 8)
HAS_BELL, HAS_PIDFD = 1, 2
COUNTS_FDS = 1
MAX_HANDSHAKE = 64 * 1024

# ---- docs/protocol.md, Records

REQUEST, ONEWAY, REPLY, ERROR, CANCEL, GOAWAY, CREDIT = range(1, 8)
INPUT, INPUT_END, OUTPUT, INPUT_WINDOW, OUTPUT_WINDOW, RELEASE, DOOR_RELEASE, FD_RELEASE, FD_CREDIT = range(8, 17)
CONTINUATION, ABORT = 62, 63
METADATA, DECLARED, DOOR, MORE, ATTACHMENTS, FRAGMENTED = 0x01, 0x02, 0x04, 0x08, 0x10, 0x80
ONEWAY_ID, SERVER_ID = 1 << 31, 1 << 30
SOCKET_MAGIC = 0x31414344  # "DCA1"
DESCRIPTORS, SEGMENT = 1, 2

# ---- docs/memory-layout.md

SEGMENT_MAGIC = b'DORCALL1'
LAYOUT_VERSION = 1
TAIL, HEAD, PARKED, BELL, CLOSED, RING = 128, 256, 384, 512, 640, 4096
UNKNOWN_CPU = 0xFFFF
RUNNING, IN_LOOP, ON_FUTEX, SPINNING = range(4)
HEADER = struct.Struct('<IIHBBI')
U16, U32, U64 = struct.Struct('<H'), struct.Struct('<I'), struct.Struct('<Q')

# ---- Linux

F_ADD_SEALS, F_GET_SEALS = 1033, 1034
SEAL_SEAL, SEAL_SHRINK, SEAL_GROW, SEAL_WRITE, SEAL_FUTURE_WRITE = 1, 2, 4, 8, 16
REQUIRED_SEALS = SEAL_SEAL | SEAL_SHRINK | SEAL_GROW | SEAL_FUTURE_WRITE
SYS_FUTEX = {'x86_64': 202, 'aarch64': 98}[os.uname().machine]
FUTEX_WAKE = 1


class Ended(Exception):
    """The other side has ended the connection, or the handshake."""


def text(value):
    value = value if isinstance(value, bytes) else value.encode()
    return U32.pack(len(value)) + value


def load32(memory, at):
    return memoryview(memory).cast('I')[at // 4]


def store32(memory, at, value):
    """At once: `struct` writes byte by byte, and the other side would see halves of a word."""
    memoryview(memory).cast('I')[at // 4] = value & 0xFFFFFFFF


def store64(memory, at, value):
    memoryview(memory).cast('Q')[at // 8] = value & 0xFFFFFFFFFFFFFFFF


def eventfd(count=1, flags=os.O_NONBLOCK | os.O_CLOEXEC):
    return libc.eventfd(count, flags)


def fill(bell):
    """Adds to an eventfd until not even one has room, and leaves it blocking if it was."""
    blocking = os.get_blocking(bell)
    os.set_blocking(bell, False)
    for bit in reversed(range(64)):
        try:
            os.write(bell, U64.pack(1 << bit))
        except BlockingIOError:
            pass
    os.set_blocking(bell, blocking)


def memory_file(size, allocate=True):
    fd = os.memfd_create('hostile', os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(fd, size)
    if allocate and size > 0:
        os.posix_fallocate(fd, 0, size)
    return fd


def add_seals(fd, seals=REQUIRED_SEALS):
    fcntl.fcntl(fd, F_ADD_SEALS, seals)
    return fd


def introduction(service, fingerprint=bytes(16), codec=bytes(8), contract=b'', limits=None):
    most = dict(message=16 << 20, in_flight=1024, oneway=1024, stream_bytes=256 << 10, stream_items=1024,
                blob=256 << 20, fds=16, clock=time.monotonic_ns())
    most.update(limits or {})
    return text(service) + fingerprint + codec + text(contract) + struct.pack(
        '<IIIIIQIQ', most['message'], most['in_flight'], most['oneway'], most['stream_bytes'],
        most['stream_items'], most['blob'], most['fds'], most['clock'])


def begin(type):
    return struct.pack('<IH', MAGIC, type)


def hello(service, versions=(1, 1), features=COUNTS_FDS, ring=128 << 10, **about):
    return begin(HELLO) + struct.pack('<HHII', *versions, features, ring) + introduction(service, **about)


def welcome(service, client_ring, server_ring=128 << 10, version=1, features=COUNTS_FDS, has=HAS_BELL | HAS_PIDFD, **about):
    return (begin(WELCOME) + struct.pack('<HIIIB', version, features, client_ring, server_ring, has)
            + introduction(service, **about))


def attach(has=HAS_BELL | HAS_PIDFD, offset=0, contract=b''):
    return begin(ATTACH) + struct.pack('<Bq', has, offset) + text(contract)


def refuse(code, words):
    return begin(REFUSE) + U16.pack(code) + text(words)


class Reader:
    """Fields of a message in their order."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, format):
        fields = struct.unpack_from('<' + format, self.data, self.at)
        self.at += struct.calcsize('<' + format)
        return fields[0] if len(fields) == 1 else fields

    def bytes(self, count):
        self.at += count
        return self.data[self.at - count:self.at]

    def text(self):
        return self.bytes(self.take('I'))

    def introduction(self):
        self.service, self.fingerprint, self.codec = self.text(), self.bytes(16), self.bytes(8)
        self.contract = self.text()
        (self.max_message, self.max_in_flight, self.oneway_window, self.stream_bytes, self.stream_items,
         self.max_blob, self.max_fds, self.clock) = self.take('IIIIIQIQ')


def send(sock, data, fds=()):
    socket.send_fds(sock, [data], list(fds)) if fds else sock.send(data)


def receive(sock, timeout=30):
    """One message and its descriptors. Raises Ended when the other side has hung up."""
    sock.settimeout(timeout)
    # Whoever hangs up with messages of ours unread leaves an error before its own last message.
    for attempt in range(2):
        try:
            data, fds, _, _ = socket.recv_fds(sock, MAX_HANDSHAKE, 253)
            break
        except ConnectionResetError:
            data = b''
    if data == b'':
        raise Ended('hung up')
    return data, fds


def refusal(data):
    """(code, sentence) when a message is a REFUSE."""
    reader = Reader(data)
    if reader.take('IH') != (MAGIC, REFUSE):
        return None
    return reader.take('H'), reader.text().decode()


class Half:
    """What one side sends along: its segment, its bell, a pidfd of itself."""

    def __init__(self, ring=128 << 10):
        self.ring = ring
        self.segment = memory_file(RING + ring)
        self.bell = eventfd()
        self.pidfd = os.pidfd_open(os.getpid())
        self.memory = mmap.mmap(self.segment, RING + ring)
        struct.pack_into('<8sII', self.memory, 0, SEGMENT_MAGIC, LAYOUT_VERSION, ring)
        U64.pack_into(self.memory, PARKED, UNKNOWN_CPU)
        self.sealed = False

    def seal(self, seals=REQUIRED_SEALS):
        add_seals(self.segment, seals)
        self.sealed = True

    def fds(self):
        if not self.sealed:
            self.seal()
        return [self.segment, self.bell, self.pidfd]


class Record:
    def __init__(self, header, payload):
        self.length, self.call, self.method, self.kind, self.flags, self.aux = header
        self.payload = payload

    def shown(self):
        return f'kind {self.kind}, call {self.call}, aux {self.aux}, flags {self.flags}, {self.payload[:100]}'


class Link:
    """A connection after its handshake: two segments, the socket, the bells."""

    def __init__(self, sock, half, peer_ring, fds, reader):
        self.sock, self.half, self.reader = sock, half, reader
        self.ring, self.peer_ring = half.ring, peer_ring
        self.memory = half.memory
        self.peer = mmap.mmap(fds[0], RING + peer_ring, prot=mmap.PROT_READ)
        os.close(fds[0])
        self.peer_bell, self.peer_pidfd = fds[1], fds[2]
        self.tail = 0
        self.head = 0
        self.socket_messages = 0

    # -- own words

    def publish(self, tail=None):
        store32(self.memory, TAIL, self.tail if tail is None else tail)
        self.wake()

    def set_head(self, head):
        store32(self.memory, HEAD, head)

    def park(self, epoch, state, cpu=UNKNOWN_CPU, wants_space=False):
        store64(self.memory, PARKED, epoch << 24 | wants_space << 18 | state << 16 | cpu)

    def wake(self):
        state = U64.unpack_from(self.peer, PARKED)[0] >> 16 & 3
        if state == IN_LOOP:
            try:
                os.write(self.peer_bell, U64.pack(0))
            except BlockingIOError:
                pass
        elif state == ON_FUTEX:
            store32(self.memory, BELL, load32(self.memory, BELL) + 1)
            address = ctypes.addressof(ctypes.c_char.from_buffer(self.memory, BELL))
            libc.syscall(SYS_FUTEX, ctypes.c_void_p(address), FUTEX_WAKE, 1, None, None, 0)

    # -- own ring

    def put(self, at, data):
        """Bytes into the ring from a position, around its end."""
        offset = at % self.ring
        first = min(len(data), self.ring - offset)
        self.memory[RING + offset:RING + offset + first] = data[:first]
        if first < len(data):
            self.memory[RING:RING + len(data) - first] = data[first:]

    def write(self, kind, payload=b'', call=1, method=0, flags=0, aux=0, length=None):
        """A record, not published yet. `length` may lie."""
        real = HEADER.size + len(payload)
        self.put(self.tail, HEADER.pack(real if length is None else length, call, method, kind, flags, aux) + payload)
        self.tail += real + 15 & ~15

    def send(self, *record, **fields):
        self.write(*record, **fields)
        self.publish()

    # -- the peer's ring

    def records(self):
        """What the peer has written since."""
        tail = load32(self.peer, TAIL)
        while self.head & 0xFFFFFFFF != tail:
            at = RING + self.head % self.peer_ring
            header = HEADER.unpack_from(self.peer, at)
            payload = self.payload_at(self.head + HEADER.size, header[0] - HEADER.size)
            self.head += header[0] + 15 & ~15
            yield Record(header, payload)
        self.set_head(self.head)

    def payload_at(self, position, size):
        offset = position % self.peer_ring
        first = self.peer[RING + offset:RING + min(offset + size, self.peer_ring)]
        return first + self.peer[RING:RING + size - len(first)]

    def wait(self, wanted, timeout=30):
        """The first record that is wanted. Raises Ended when the peer closes before it comes."""
        deadline = time.monotonic() + timeout
        while True:
            for record in self.records():
                if wanted(record):
                    return record
            if self.closed():
                raise Ended('closed')
            if time.monotonic() > deadline:
                raise TimeoutError('no such record came')
            time.sleep(0.0002)

    # -- the end

    def closed(self):
        return U32.unpack_from(self.peer, CLOSED)[0] != 0

    def wait_closed(self, timeout=30):
        """Until the peer has said `closed` and hung up."""
        deadline = time.monotonic() + timeout
        while not self.closed():
            if time.monotonic() > deadline:
                raise TimeoutError('the other side keeps the connection open')
            time.sleep(0.0002)
        while True:
            try:
                receive(self.sock, timeout)
            except Ended:
                return

    def leave(self):
        """Ends the connection as the protocol asks for."""
        U32.pack_into(self.memory, CLOSED, 1)
        self.wake()

    def close(self):
        self.sock.close()
        for fd in (self.half.segment, self.half.bell, self.half.pidfd, self.peer_bell, self.peer_pidfd):
            try:
                os.close(fd)
            except OSError:
                pass

    # -- the socket

    def socket_message(self, type, count, id, fds=(), magic=SOCKET_MAGIC, zero=0):
        send(self.sock, struct.pack('<IHHII', magic, type, count, id, zero), fds)


# ---- values as MessagePack, as far as needed


def string(value):
    data = value.encode()
    return bytes([0xA0 | len(data)]) + data if len(data) < 32 else b'\xdb' + struct.pack('>I', len(data)) + data


def mapping(**fields):
    return bytes([0x80 | len(fields)]) + b''.join(string(key) + value for key, value in fields.items())
