"""The two roles of a hostile peer, so that a row can be tried in both."""
import wire
from connect import Client, Server
from target import ECHO
from wire import Half


class HostileClient:
    role = 'client'

    def __init__(self, path):
        self.path = path

    def start(self):
        """The connection, when the handshake may go right."""
        return Client(self.path).link()

    def offer(self, spoil):
        """A handshake with a half of which `spoil(half)` says which descriptors to send."""
        client = Client(self.path).hello().welcomed()
        half = Half(client.ring)
        fds = spoil(half)
        return client.attach(half, half.fds() if fds is None else fds).ready()

    def prove(self, link):
        """A call that is answered: the connection works."""
        link.send(wire.REQUEST, wire.string('still here'), call=0x7777, method=ECHO)
        answer = link.wait(lambda record: record.call == 0x7777)
        assert (answer.kind, answer.payload) == (wire.REPLY, wire.string('still here')), answer.shown()

    def opened(self, link, method, payload=b'', call=5):
        """A call of this side's is open."""
        link.send(wire.REQUEST, payload, call=call, method=method)
        return call

    def close(self):
        pass


class HostileServer:
    role = 'server'

    def __init__(self, path):
        self.server = Server(path)

    def accept(self):
        return self.server.accept()

    def start(self):
        return self.accept().link()

    def offer(self, spoil):
        accepted = self.accept()
        half = Half()
        fds = spoil(half)
        accepted.welcome(half, half.fds() if fds is None else fds).attached()
        return accepted.ready()

    def request(self, link):
        """The call that the victim makes."""
        if not hasattr(link, 'request'):
            link.request = link.wait(lambda record: record.kind == wire.REQUEST)
        return link.request

    def prove(self, link):
        request = self.request(link)
        link.send(wire.REPLY, request.payload, call=request.call)
        # The victim's own close: it has what it called for.
        link.wait_closed()

    def close(self):
        self.server.close()
