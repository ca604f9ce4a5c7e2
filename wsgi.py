"""For WSGI servers: `gunicorn wsgi:app`. Patches the standard library before all imports."""

from gevent import monkey

monkey.patch_all()

from gateway.app import create_app  # noqa: E402
from gateway.log import configure  # noqa: E402
from gateway.settings import Settings  # noqa: E402

settings = Settings.from_env().for_serving()
configure(settings)
app = create_app(settings)
