"""Serves the EC2 of moto on a free port. `moto.server` would search the service of each request and log each request,
which takes a third of its time."""

import sys

from moto.moto_server.werkzeug_app import MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server


class QuietRequestHandler(MotoRequestHandler):
    def log_request(self, *_: object) -> None:
        pass


server = make_server(
    "127.0.0.1",
    0,
    create_backend_app("ec2"),
    threaded=True,
    request_handler=QuietRequestHandler,
)
print(f"Running on http://127.0.0.1:{server.port}", file=sys.stderr, flush=True)
server.serve_forever()
