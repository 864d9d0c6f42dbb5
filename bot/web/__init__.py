"""The pages that people open in a browser. `routes` is all that the app needs of them."""

from bot.web import drafts, login, unknown
from bot.web.pages import static

routes = [*login.routes, *drafts.routes, *unknown.routes, static]
