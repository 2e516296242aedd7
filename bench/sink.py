"""A mail server that takes everything and keeps nothing: `python -m bench.sink PORT`.

It is aiosmtpd, a whole server in Python. A real one is slower: it has each mail on its disk before it says so.
"""

import asyncio
import sys

from aiosmtpd.smtp import SMTP, Envelope, Session


class _Nothing:
    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  (aiosmtpd's)
        return "250 taken"


async def main(port: str) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(_Nothing(), hostname="sink", enable_SMTPUTF8=True, decode_data=False), "127.0.0.1", int(port)
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
