"""Read the body of a request, and no more of it than allowed."""

from starlette.requests import Request


class TooLarge(Exception):
    """The body is longer than allowed; the rest of it was not read."""


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body, at most `limit` bytes whatever `Content-Length` says. Raises TooLarge, ClientDisconnect."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and len(declared) < 20 and int(declared) > limit:
        raise TooLarge
    read = bytearray()
    async for chunk in request.stream():
        read += chunk
        if len(read) > limit:
            raise TooLarge
    return bytes(read)
