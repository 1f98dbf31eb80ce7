"""The routes that give scores out: the query API behind its token, and the page."""

import secrets
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import web

from agents.collector import page
from agents.collector.answers import Refused, json_answer
from agents.collector.auth import is_local, may_read
from agents.collector.settings import CollectorSettings
from agents.view.reader import Reader
from agents.view.store import ViewError
from agents.view.writer import STATES

_MAX_LIMIT: Final = 500
_PAGE_ROWS: Final = 25
_SIDE_ROWS: Final = 8


class ReadRoutes:
    """Handlers of the query API and the page."""

    def __init__(self, settings: CollectorSettings, view: Reader) -> None:
        self._settings = settings
        self._view = view

    def register(self, app: web.Application) -> None:
        """Add every path, with and without a slash at its end."""
        routes = {
            "/accounts": self.accounts,
            "/accounts/{id:[^/]+}": self.account,
            "/accounts/{id:[^/]+}/explain": self.explain,
            "/sales-ready": self.sales_ready,
        }
        for path, handler in routes.items():
            app.router.add_get(path, self._protected(handler))
            app.router.add_get(path + "/", self._protected(handler))
        app.router.add_get("/", self.show_page)

    def _protected(
        self, handler: Callable[[web.Request], Awaitable[web.Response]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def protected(request: web.Request) -> web.Response:
            if not may_read(request, self._settings):
                raise Refused("token_required")
            try:
                return await handler(request)
            except ViewError as error:
                raise Refused("view_unavailable") from error

        return protected

    async def accounts(self, request: web.Request) -> web.Response:
        """Accounts by score: ?limit=, ?state=, ?min_score= (whole points), ?tenant=."""
        query = request.query
        state = query.get("state", "")
        if state and state not in STATES:
            raise Refused("invalid_query")
        cards = await self._view.accounts(
            _whole(query.get("limit"), 50, _MAX_LIMIT),
            state=state,
            min_score=_whole(query.get("min_score"), 0, 100) * 1000,
            tenant=query.get("tenant", ""),
        )
        return json_answer({"accounts": cards, "counts": await self._view.counts()})

    async def account(self, request: web.Request) -> web.Response:
        """One account by account id or domain, with its people."""
        name, tenant = request.match_info["id"], request.query.get("tenant", "")
        return _found(await self._view.account(name, tenant=tenant))

    async def explain(self, request: web.Request) -> web.Response:
        """The lines of one account's score; `residual` is 0 in every dimension."""
        name, tenant = request.match_info["id"], request.query.get("tenant", "")
        return _found(await self._view.explain(name, tenant=tenant))

    async def sales_ready(self, request: web.Request) -> web.Response:
        """Sales-ready events, newest first: ?limit=."""
        limit = _whole(request.query.get("limit"), 50, _MAX_LIMIT)
        return json_answer({"sales_ready": await self._view.sales_ready(limit)})

    async def show_page(self, request: web.Request) -> web.Response:
        """The page: for a browser on this machine, or with the token as password."""
        if not (is_local(request) or may_read(request, self._settings)):
            raise Refused("token_required")
        nonce = secrets.token_urlsafe(16)
        try:
            content = await self._page_content(request)
        except ViewError:
            content = page.PageContent(available=False)
        text = page.render(content, nonce=nonce, refresh=self._settings.refresh_seconds)
        return web.Response(text=text, content_type="text/html", headers=page.security_headers(nonce))

    async def _page_content(self, request: web.Request) -> page.PageContent:
        accounts = await self._view.accounts(_PAGE_ROWS)
        name = request.query.get("account", "")
        chosen: dict[str, Any] | None = None
        if name or accounts:
            name = name or accounts[0]["home"]
            chosen = await self._view.explain(name)
            if chosen is not None:
                detail = await self._view.account(name) or {}
                chosen = chosen | {"people_list": detail.get("people_list", [])}
        return page.PageContent(
            counts=await self._view.counts(),
            accounts=accounts,
            ready=await self._view.sales_ready(_SIDE_ROWS),
            watched=await self._view.watched(_SIDE_ROWS),
            chosen=chosen,
            asked=request.query.get("account", ""),
        )


def _found(card: dict[str, Any] | None) -> web.Response:
    if card is None:
        raise Refused("account_unknown")
    return json_answer(card)


def _whole(text: str | None, default: int, most: int) -> int:
    """A query parameter as a whole number from 0 to `most`. Raises Refused(invalid_query)."""
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise Refused("invalid_query")
    return min(int(text), most)
