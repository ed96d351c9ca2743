import re
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from fdan.download import fetch as fetching
from fdan.download import sources
from tests.download.served import DATA, sha256


@pytest.fixture
def server(monkeypatch):
    """Serves `files`; `cut` are how many bytes each next answer may have, `asked` the requests' paths and ranges."""
    state = SimpleNamespace(files={}, cut=[], asked=[], status=[], ranges=True, etag='"one"', length=True)

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_GET(self):
            data = state.files.get(self.path)
            wanted = self.headers.get("Range")
            state.asked.append((self.path, wanted))
            if state.status:
                return self.send_error(state.status.pop(0))
            if data is None:
                return self.send_error(404)
            start = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1]) if wanted and state.ranges else 0
            if self.headers.get("If-Range") not in (None, state.etag):
                start = 0
            if start >= len(data) and start:
                return self.send_error(416)
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
            if state.length:
                self.send_header("Content-Length", str(len(data) - start))
            self.send_header("ETag", state.etag)
            self.end_headers()
            body = data[start:]
            with suppress(BrokenPipeError, ConnectionResetError):  # the other side may have had enough
                self.wfile.write(body[: state.cut.pop(0)] if state.cut else body)

    monkeypatch.setattr(fetching, "PAUSE", 0.0)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        state.url = f"http://127.0.0.1:{server.server_address[1]}/"
        yield state
        server.shutdown()


@pytest.fixture
def urls(server, monkeypatch):
    monkeypatch.setattr(sources, "URLS", {name: f"{server.url}{name.replace(' ', '_')}/" for name in sources.URLS})
    return {name: f"/{name.replace(' ', '_')}/" for name in sources.URLS}


@pytest.fixture
def speech(server, monkeypatch):
    """A speech encoder of few bytes on the server, and its published sizes and checksums."""
    monkeypatch.setitem(sources.URLS, "speech", server.url)
    server.files |= {"/model.bin": DATA, "/config.json": b"{}"}
    published = [(name[1:], sha256(data).partition(":")[2], len(data)) for name, data in server.files.items()]
    monkeypatch.setattr(sources, "SPEECH", tuple(published))
    return server
