"""A hostile peer, told what to do by lines of JSON and answering with one each.

    {"command": "rows", "role": R}                    every row of a role
    {"command": "run", "role": R, "row": NAME, "path": SOCKET}

A server says {"event": "listening"} before its row is over. The answer to `run` is {"ended": how, "said": why}.
"""
import json, os, sys, traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import call_rows, credit_rows, handshake_rows, ring_rows  # noqa: F401  they register their rows
import rows
from mutate import mutate
from peers import HostileClient, HostileServer
from wire import Ended


attacker = []


def tell(**fields):
    print(json.dumps(fields), flush=True)


def run(row, peer):
    try:
        link = row.run(peer)
    except Ended as ended:
        return dict(ended=rows.REFUSED if len(ended.args) == 2 else 'closed', said=str(ended.args[-1]))
    try:
        if row.outcome in (rows.GOES_ON, rows.ANSWERED):
            if row.outcome == rows.ANSWERED and hasattr(link, 'request'):
                del link.request
            peer.prove(link)
            link.leave()
            return dict(ended=row.outcome, said='')
        link.wait_closed()
        return dict(ended='closed', said='')
    finally:
        link.close()


def obey(request):
    command = request['command']
    role = request['role']
    if command == 'rows':
        return [row.described(role) for row in rows.of_role(role)]
    if attacker:
        attacker.pop().close()
    peer = (HostileClient if role == 'client' else HostileServer)(request['path'])
    # A server stays where it is until the next command: what its clients are told must not depend on when it goes.
    attacker.append(peer)
    if role == 'server':
        tell(event='listening')
    if command == 'mutate':
        return mutate(peer, request, tell)
    return run(next(row for row in rows.of_role(role) if row.name == request['row']), peer)


for line in sys.stdin:
    request = json.loads(line)
    try:
        tell(id=request.get('id'), result=obey(request))
    except Exception:
        tell(id=request.get('id'), failure=traceback.format_exc())
