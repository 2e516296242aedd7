"""Looking at an address as a visitor would."""

import ssl
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from dela.errors import Refused

TIMEOUT_SECONDS = 8.0


def probe(url: str, timeout: float = TIMEOUT_SECONDS) -> None:
    """Open a page (http or https). Raises Refused with what is wrong if that does not work."""
    try:
        with urlopen(Request(url, headers={"User-Agent": "dela check"}), timeout=timeout):  # noqa: S310  (a setting's)
            return
    except HTTPError as error:
        with error:
            raise Refused(f"answers {error.code}") from error
    except URLError as error:
        if isinstance(error.reason, ssl.SSLError):
            raise Refused("has no valid certificate") from error
        raise Refused(f"can't be reached ({type(error.reason).__name__})") from error
    except (OSError, ValueError, HTTPException) as error:
        raise Refused(f"can't be reached ({type(error).__name__})") from error
