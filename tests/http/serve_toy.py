"""Run as a program by tests: the toy dialect under the product's own server. Argument: the port."""

from gevent import monkey

monkey.patch_all()

import sys  # noqa: E402

from gateway.app import create_app  # noqa: E402
from gateway.http.server import Server  # noqa: E402
from gateway.log import configure  # noqa: E402
from gateway.settings import Settings  # noqa: E402
from tests.http.toy import toy  # noqa: E402

if __name__ == "__main__":
    settings = Settings(bind=f"127.0.0.1:{sys.argv[1]}", database_url="sqlite:///:memory:", web=1)
    configure(settings)
    Server(lambda: create_app(settings, dialects={"toy": toy()}), settings).run()
