"""The pages' templates."""

from pathlib import Path

from starlette.templating import Jinja2Templates

HERE = Path(__file__).parent
templates = Jinja2Templates(directory=HERE / "pages_html")
