"""Serve the live explorer to its user alone: not to other users of the computer, nor other pages.

Whoever asks must hold the secret of the address that was opened; the page then keeps it in a cookie
of its own. What a page of another origin, or under another host name, asks is refused.
"""

from __future__ import annotations

import hmac
import inspect
import os
import secrets
import tempfile
import webbrowser
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any  # Any: objects of untyped libraries

import tornado.ioloop
import tornado.web
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from traitlets import Integer
from voila.app import Voila

from exposure.errors import DataError, Problem, Text

_HOSTS = ("127.0.0.1", "localhost")
_SECRET_BYTES = 32
_FORBIDDEN = 403
_BUSY = 503

# The address of a socket has at most 103 bytes (macOS; Linux 107), and below the folder it is
# voila_12345678/kernel-<36 letters>-ipc-5.
_LONGEST_ADDRESS = 103
_BELOW_FOLDER = len("/voila_12345678/kernel--ipc-5") + 36

# Each page has a kernel. One closed without a word, as by a crash of the browser, goes by itself.
_MOST_KERNELS = 6
_IDLE_SECONDS = 300
_LOOK_SECONDS = 60


class _Kernels(AsyncMappingKernelManager):
    """Kernels, only so many at a time."""

    cull_idle_timeout = Integer(_IDLE_SECONDS, config=True)
    cull_interval = Integer(_LOOK_SECONDS, config=True)
    _starting = 0

    async def start_kernel(  # type: ignore[override]  # as the server's own is
        self, *given: Any, **named: Any
    ) -> str:
        """Start one more, or refuse the page that asks for it."""
        if len(self.list_kernel_ids()) + self._starting >= _MOST_KERNELS:
            raise tornado.web.HTTPError(_BUSY, "too many pages are open")
        self._starting += 1
        try:
            kernel: str = await super().start_kernel(*given, **named)
            return kernel
        finally:
            self._starting -= 1


class _Guard:
    """What stands before every answer of the server, whatever it answers with."""

    server: Server

    async def prepare(self) -> None:
        """Refuse whoever is not the user's own page."""
        handler: Any = self
        if not self.server.is_own(handler):
            handler.clear()
            handler.set_status(_FORBIDDEN)
            handler.set_header("Content-Type", "text/plain; charset=utf-8")
            await handler.finish("403\n")
            return
        after = super().prepare()  # type: ignore[misc]  # of the handler it stands before
        if inspect.isawaitable(after):
            await after


class Server(Voila):  # type: ignore[misc]  # of an untyped library
    """The server of the explorer (試算画面のサーバー)."""

    secret: str = ""
    opened: Callable[[str], object] = staticmethod(print)
    _redirect: Path | None = None

    @property
    def address(self) -> str:
        """What to open, with the secret in it."""
        return f"http://{_HOSTS[0]}:{self.port}/?token={self.secret}"

    def is_own(self, handler: Any) -> bool:
        """Say whether a request comes from the page that was opened, under its own name."""
        names = [f"{host}:{self.port}" for host in _HOSTS]
        request = handler.request
        if request.host not in names or len(request.headers.get_list("Host")) > 1:
            return False
        origin = request.headers.get("Origin")
        if origin is not None and origin not in [f"http://{name}" for name in names]:
            return False
        cookie = f"exposure-{self.port}"
        shown = handler.get_query_argument("token", None)
        if shown is not None and self._is_secret(shown):
            handler.set_cookie(cookie, self.secret, httponly=True, samesite="Strict")
            return True
        kept = handler.get_cookie(cookie)
        return kept is not None and self._is_secret(kept)

    def _is_secret(self, text: str) -> bool:
        return hmac.compare_digest(text.encode("utf-8"), self.secret.encode("utf-8"))

    def init_settings(self) -> dict[str, Any]:
        """Have the library check the host as well."""
        settings: dict[str, Any] = super().init_settings()
        return {**settings, "allow_remote_access": False, "local_hostnames": list(_HOSTS)}

    def init_handlers(self) -> list[Any]:
        """Put the guard before every handler."""
        guarded: dict[type, type] = {}
        handlers = []
        for pattern, handler, *rest in super().init_handlers():
            if handler not in guarded:
                own = {"server": self, "__module__": handler.__module__}
                guarded[handler] = type(handler.__name__, (_Guard, handler), own)
            handlers.append((pattern, guarded[handler], *rest))
        return handlers

    def listen(self) -> None:
        """Serve, and say where as soon as the port is known."""
        tornado.ioloop.IOLoop.current().add_callback(lambda: self.opened(self.address))
        try:
            super().listen()
        finally:
            if self._redirect is not None:
                with suppress(OSError):
                    self._redirect.unlink()

    def launch_browser(self) -> None:
        """Open the page by way of a file: with what a browser is started, everybody can see."""
        try:
            browser = webbrowser.get(self.browser or None)
        except webbrowser.Error:
            return
        handle, name = tempfile.mkstemp(suffix=".html")  # readable by its owner alone
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(f'<meta http-equiv="refresh" content="0; url={self.address}">')
        self._redirect = Path(name)
        tornado.ioloop.IOLoop.current().run_in_executor(None, browser.open, self._redirect.as_uri())


def _places() -> Iterator[str]:
    """Yield where temporary files may go: where the user wants them, and what is shorter."""
    with suppress(FileNotFoundError):
        yield tempfile.gettempdir()
    yield from filter(None, (os.environ.get("XDG_RUNTIME_DIR"), "/tmp", "/var/tmp"))


def folder_for_sockets(places: Iterable[str]) -> str:
    """Return the first folder to write to whose name leaves room for that of a socket.

    Raises
    ------
    DataError
        If there is none.

    Examples
    --------
    >>> folder_for_sockets([f"/{'x' * 60}", "/tmp"])
    '/tmp'
    """
    for place in places:
        is_short = len(os.fsencode(place)) + _BELOW_FOLDER <= _LONGEST_ADDRESS
        if is_short and Path(place).is_dir() and os.access(place, os.W_OK | os.X_OK):
            return place
    text = Text(
        "名前の短い、書き込めるフォルダを指定してください（/tmp など）",
        "name a folder with a short name that can be written to, such as /tmp",
    )
    raise DataError(Problem("TMPDIR", "", text))


def serve(notebook: Path, options: Sequence[str], opened: Callable[[str], object]) -> None:
    """Serve a notebook on this computer until it is stopped (試算画面の起動).

    Parameters
    ----------
    notebook : Path
        Run anew for every page.
    options : sequence of str
        Further options of the server; never the secret, for everybody can see them.
    opened : callable
        Told the address once there is one.
    """
    Server.secret = secrets.token_urlsafe(_SECRET_BYTES)
    Server.opened = staticmethod(opened)
    kernels = f"{_Kernels.__module__}.{_Kernels.__qualname__}"
    settings = {
        "Voila.ip": _HOSTS[0],
        "Voila.token": "",
        "Voila.log_level": "WARN",
        "VoilaConfiguration.multi_kernel_manager_class": kernels,
    }
    if os.name != "nt":
        # Every user can listen to a port of the computer, but not to a file in one's own folder.
        settings["KernelManager.transport"] = "ipc"
        settings["Voila.connection_dir_root"] = folder_for_sockets(_places())
    stated = [f"--{name}={value}" for name, value in settings.items()]
    Server.launch_instance([str(notebook), *stated, *options])
