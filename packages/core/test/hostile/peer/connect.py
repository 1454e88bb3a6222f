"""Both ends of a handshake, each as right as its caller wants it."""
import os, socket

import wire
from wire import Ended, Half, Link, Reader


def dial(path):
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    sock.connect(path)
    return sock


class Client:
    """A client of the service, step by step."""

    def __init__(self, path, service='target'):
        self.sock, self.service = dial(path), service

    def hello(self, **fields):
        wire.send(self.sock, wire.hello(self.service, **fields))
        return self

    def welcomed(self):
        """Takes WELCOME; raises Ended with the refusal otherwise."""
        data, self.fds = wire.receive(self.sock)
        refused = wire.refusal(data)
        if refused:
            raise Ended(*refused)
        self.reader = Reader(data)
        magic, type, version, features, self.ring, self.peer_ring, has = self.reader.take('IHHIIIB')
        assert (magic, type, has) == (wire.MAGIC, wire.WELCOME, 3), (magic, type, has)
        self.reader.introduction()
        return self

    def attach(self, half=None, fds=None, message=None):
        self.half = half or Half(self.ring)
        wire.send(self.sock, message or wire.attach(), self.half.fds() if fds is None else fds)
        return self

    def ready(self):
        data, _ = wire.receive(self.sock)
        refused = wire.refusal(data)
        if refused:
            raise Ended(*refused)
        assert data == wire.begin(wire.READY), data
        return Link(self.sock, self.half, self.peer_ring, self.fds, self.reader)

    def link(self):
        return self.hello().welcomed().attach().ready()


class Server:
    """A server of one instance, at a path where nobody else serves."""

    def __init__(self, path):
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(path)
        os.chmod(path, 0o600)
        self.listener.listen(16)
        self.path = path

    def accept(self, timeout=30):
        """Takes HELLO of the next client."""
        self.listener.settimeout(timeout)
        sock, _ = self.listener.accept()
        return Accepted(sock)

    def close(self):
        self.listener.close()
        os.unlink(self.path)


class Accepted:
    def __init__(self, sock):
        self.sock = sock
        data, _ = wire.receive(sock)
        self.reader = Reader(data)
        magic, type, least, most, features, self.ring = self.reader.take('IHHHII')
        assert (magic, type) == (wire.MAGIC, wire.HELLO), (magic, type)
        self.reader.introduction()

    def message(self, **fields):
        """WELCOME, with the client's own fingerprint, so that it takes our word for the contract."""
        about = dict(client_ring=self.ring, fingerprint=self.reader.fingerprint, codec=bytes(8))
        about.update(fields)
        return wire.welcome(self.reader.service, **about)

    def welcome(self, half=None, fds=None, message=None, **fields):
        self.half = half or Half()
        wire.send(self.sock, message or self.message(**fields), self.half.fds() if fds is None else fds)
        return self

    def attached(self):
        data, self.fds = wire.receive(self.sock)
        refused = wire.refusal(data)
        if refused:
            raise Ended(*refused)
        reader = Reader(data)
        magic, type, has, offset = reader.take('IHBq')
        assert (magic, type, has) == (wire.MAGIC, wire.ATTACH, 3), (magic, type, has)
        return self

    def ready(self):
        wire.send(self.sock, wire.begin(wire.READY))
        return Link(self.sock, self.half, self.ring, self.fds, self.reader)

    def link(self):
        return self.welcome().attached().ready()
