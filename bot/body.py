"""Read the body of a request, and no more of it than allowed."""

from starlette.requests import ClientDisconnect, Request


class TooLarge(Exception):
    """The body is larger than allowed; the rest of it was not read."""


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body, at most `limit` bytes. Raises `TooLarge`, for a body of undeclared length too."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise TooLarge
    chunks, size = [], 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                raise TooLarge
            chunks.append(chunk)
    except ClientDisconnect:
        return b""
    return b"".join(chunks)
