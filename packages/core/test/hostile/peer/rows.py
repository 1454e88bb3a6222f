"""What a hostile peer tries: one row each, and what is to become of it.

A row is a function of a `peer` (peers.py), which is a client or a server of the service `target`. It returns the
link that it has, if it has one, or lets wire.Ended pass.
"""
CLIENT, SERVER = 'client', 'server'
BOTH = (CLIENT, SERVER)

# What becomes of the connection:
REFUSED = 'refused'  # the handshake ends with a refusal that says why; one line in the log
CLOSED = 'closed'  # the connection is closed, as one that broke the protocol; one line in the log
LEFT = 'left'  # the connection ends, as one whose peer has gone; nothing to log
ANSWERED = 'answered'  # a call gets an error of its own; the connection works afterwards
GOES_ON = 'goes on'  # only the peer itself is harmed, or nobody: the connection works afterwards

rows = []


class Row:
    def __init__(self, run, name, group, roles, outcome, reason, method, victim, lines, late_ms):
        self.run, self.name, self.group, self.roles = run, name, group, roles
        self.outcome, self.reason, self.method, self.victim = outcome, reason, method, victim
        self.lines, self.late_ms = lines, late_ms

    def described(self, role):
        return dict(name=self.name, group=self.group, outcome=self.outcome, reason=self.reason,
                    method=self.method, victim=self.victim, lines=self.lines, lateMs=self.late_ms)


def row(group, name, outcome, reason=None, roles=BOTH, method='echo', victim='plain', lines=1, late_ms=1):
    """
    @param reason: part of what the other side logs, and says where it says anything
    @param method: what a client that is attacked calls
    @param lines: so many in the log at most, where there is one
    @param late_ms: by so much a polite client may be later
    @param victim: 'plain'; 'impatient': handshakes have 1.5 s; 'lied to': its kernel reports seals that are none
    """
    def register(run):
        for role in roles:
            assert not any(known.name == name and role in known.roles for known in rows), name
        rows.append(Row(run, name, group, roles, outcome, reason, method, victim, lines, late_ms))
        return run
    return register


def of_role(role):
    return [each for each in rows if role in each.roles]
